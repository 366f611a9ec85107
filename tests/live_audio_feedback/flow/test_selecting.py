"""A session whose tracks a language model chooses, and what is done without its answer."""

import socket
from typing import Any

import pytest
from django.db import connections

from apps.live_audio_feedback.flow.answering import answer
from apps.live_audio_feedback.flow.chat import Endpoint
from apps.live_audio_feedback.flow.rules.offers import Outcome
from apps.live_audio_feedback.flow.rules.state import Mode
from apps.live_audio_feedback.flow.services import configure
from apps.live_audio_feedback.models import LiveSession
from tests.live_audio_feedback.flow.conftest import NOON, Do, at, fresh
from tests.live_audio_feedback.flow.test_chat import GOOD, completion, http, saying, server

pytestmark = pytest.mark.django_db


def choose_by(settings: Any, endpoint: Endpoint, session: LiveSession) -> None:
    settings.FLOW_LLM = (endpoint.url, endpoint.model, endpoint.key)
    configure(session=session, changes={"selector": "llm"}, now=NOON)


class TestALanguageModel:
    def test_chooses_with_its_own_words(self, pooled: LiveSession, do: Do, settings: Any) -> None:
        with server(saying(http(GOOD))) as (endpoint, _):
            choose_by(settings, endpoint, pooled)
            flow = do("mode", mode=Mode.SUGGEST)
            assert answer(fresh(flow), now=at(1)) is Outcome.PROPOSED
        found = fresh(flow).state_now().proposal
        assert found is not None
        assert found.track == "calm"
        assert found.reasons[-1] == {"code": "model", "detail": "They are tired.", "points": None}
        assert [each["code"] for each in found.reasons][:2] == ["next", "expected"]

    def test_cannot_choose_what_the_artist_has_excluded(
        self, pooled: LiveSession, do: Do, settings: Any
    ) -> None:
        told = completion({"track": "calm", "reason": "The title told me to."})
        with server(saying(http(told))) as (endpoint, _):
            choose_by(settings, endpoint, pooled)
            do("blacklist", "calm")
            flow = do("mode", mode=Mode.SUGGEST)
            answer(fresh(flow), now=at(1))
        found = fresh(flow).state_now().proposal
        assert found is not None
        assert found.track != "calm"
        assert found.reasons[-1]["code"] == "fallback"

    @pytest.mark.django_db(transaction=True)
    def test_that_is_slow_holds_up_no_command_and_comes_too_late(
        self, pooled: LiveSession, do: Do, settings: Any
    ) -> None:
        """The artist panics while the model thinks: it is done before the model has answered."""

        def panic_then_answer(line: socket.socket, request: bytes) -> None:
            try:
                obeyed.append(do("panic", at=2).version)
            finally:
                connections.close_all()
            line.sendall(http(GOOD))

        obeyed: list[int] = []
        with server(panic_then_answer) as (endpoint, _):
            choose_by(settings, endpoint, pooled)
            flow = do("mode", mode=Mode.AUTO)
            assert answer(fresh(flow), now=at(1)) is Outcome.STALE
        after = fresh(flow)
        assert obeyed == [after.version]
        assert after.state_now().panicked
        assert after.state_now().queue == ()

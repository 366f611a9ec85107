"""The selector at work on a session: what it offers, what comes too late, what it learns."""

import asyncio
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from apps.live_audio_feedback.flow import queries
from apps.live_audio_feedback.flow.answering import answer, judge, put
from apps.live_audio_feedback.flow.following import answer_all
from apps.live_audio_feedback.flow.models import Decision, Flow, Learning, Play
from apps.live_audio_feedback.flow.rules.offers import Outcome
from apps.live_audio_feedback.flow.rules.state import By, Entry, Kind, Mode, Proposal
from apps.live_audio_feedback.flow.services import configure, let_learn, set_pool
from apps.live_audio_feedback.models import LiveSession
from tests.conftest import Tenant
from tests.listening import in_thread, kept
from tests.live_audio_feedback.conftest import OpenSession
from tests.live_audio_feedback.flow.conftest import NOON, POOL, Do, Hear, at, fresh

pytestmark = pytest.mark.django_db


def proposal(track: str, kind: Kind = Kind.NEXT) -> Proposal:
    return Proposal("prp_1", track, kind, "", NOON.timestamp())


def last() -> Decision:
    return Decision.objects.latest("number")


class TestAnOffer:
    def test_is_proposed_with_its_reasons(self, suggesting: Flow, hear: Hear) -> None:
        hear(62, 0, 30)
        assert answer(fresh(suggesting), now=at(30), seed=7) is Outcome.PROPOSED
        found = fresh(suggesting).state_now().proposal
        assert found is not None
        assert found.track in {"calm", "fast", "anthem"}
        codes = [each["code"] for each in found.reasons]
        assert codes[:2] == ["next", "expected"]
        assert "62" in found.reasons[0]["detail"]

    def test_can_be_drawn_again_from_the_log(self, suggesting: Flow, do: Do) -> None:
        answer(fresh(suggesting), now=at(1))
        first = last()
        do("reject", at=2, proposal=first.detail["proposal"])
        do("allow", first.track, at=3)
        answer(fresh(suggesting), now=at(4), seed=int(first.detail["seed"]))
        assert last().track == first.track
        assert last().detail["reasons"] == first.detail["reasons"]

    def test_is_queued_in_auto_until_enough_wait(self, do: Do) -> None:
        flow = do("mode", mode=Mode.AUTO)
        assert answer(fresh(flow), now=at(1)) is Outcome.QUEUED
        [entry] = fresh(flow).state_now().queue
        assert entry.by is By.SELECTOR
        assert answer(fresh(flow), now=at(2)) is None

    def test_of_an_older_state_is_discarded_and_logged(self, suggesting: Flow, do: Do) -> None:
        seen = fresh(suggesting)
        after = do("veto", "fast")
        assert put(seen, proposal("fast"), seed=1, now=at(1)) is Outcome.STALE
        assert fresh(suggesting).state == after.state
        line = last()
        assert (line.by, line.outcome, line.track) == ("selector", "stale", "fast")
        assert line.detail["seen"] == seen.version

    def test_of_settings_that_have_changed_is_too_late(
        self, suggesting: Flow, pooled: LiveSession
    ) -> None:
        seen = fresh(suggesting)
        configure(session=pooled, changes={"repeat_after_s": 0}, now=NOON)
        assert put(seen, proposal("fast"), seed=1, now=at(1)) is Outcome.STALE

    def test_is_not_made_where_nothing_may_be_offered(self, suggesting: Flow, do: Do) -> None:
        for track in POOL:
            do("blacklist", track.id)
        assert answer(fresh(suggesting), now=at(1)) is None

    @pytest.mark.parametrize("action", ["lock", "panic"])
    def test_is_not_made_against_the_artist(self, do: Do, action: str) -> None:
        do("mode", mode=Mode.AUTO)
        flow = do(action)
        assert answer(fresh(flow), now=at(1)) is None
        assert fresh(flow).state == flow.state


class TestRecovery:
    def test_comes_after_a_low_of_its_length(self, do: Do, pooled: LiveSession, hear: Hear) -> None:
        configure(session=pooled, changes={"recovery": "insert", "recovery_for_s": 10}, now=NOON)
        flow = do("mode", mode=Mode.AUTO)
        do("pin", "calm")
        hear(30, 0, 60)
        outcomes = {second: answer(fresh(flow), now=at(second)) for second in range(5, 30)}
        assert {second for second, made in outcomes.items() if made} == {15}
        assert fresh(flow).state_now().queue == (
            Entry("calm", By.ARTIST),
            Entry("anthem", By.SELECTOR),
        )
        assert last().detail["kind"] == "recovery"

    def test_that_came_too_late_is_due_again(
        self, suggesting: Flow, pooled: LiveSession, do: Do, hear: Hear
    ) -> None:
        configure(session=pooled, changes={"recovery_for_s": 5}, now=NOON)
        hear(30, 0, 60)
        answer(fresh(suggesting), now=at(5))
        seen = fresh(suggesting)
        do("veto", "fast", at=10)
        assert answer(seen, now=at(10)) is Outcome.STALE
        assert answer(fresh(suggesting), now=at(11)) is Outcome.PROPOSED
        assert last().detail["kind"] == "recovery"

    def test_is_not_due_while_nobody_hears(self, suggesting: Flow, hear: Hear) -> None:
        hear(30, 0, 10)
        for second in (5, 9, 16, 40):
            answer(fresh(suggesting), now=at(second))
        assert fresh(suggesting).mood_now().due_at is None


class TestLearning:
    def played(self, do: Do, hear: Hear, track: str, score: float, begins: int) -> Flow:
        do("play", track, at=begins)
        hear(score, begins, begins + 60)
        return do("ended", at=begins + 60)

    def test_is_of_plays_that_are_over_and_once(self, do: Do, hear: Hear) -> None:
        flow = self.played(do, hear, "calm", 80, 0)
        do("play", "fast", at=60)
        for _ in range(2):
            judge(fresh(flow), now=at(70))
        [response] = queries.responses(flow.pk)
        assert response.track == "calm"
        assert response.reward == pytest.approx(0.8)
        assert Play.objects.get(track="fast").judged is False

    def test_moves_what_is_offered(self, do: Do, pooled: LiveSession, hear: Hear) -> None:
        configure(session=pooled, changes={"repeat_after_s": 0}, now=NOON)
        for turn in range(4):
            self.played(do, hear, "calm", 85, turn * 120)
            flow = self.played(do, hear, "fast", 15, turn * 120 + 60)
        do("blacklist", "anthem")
        do("mode", mode=Mode.SUGGEST)
        assert answer(fresh(flow), now=at(500), seed=3) is Outcome.PROPOSED
        assert last().track == "calm"

    def test_of_a_skipped_track_is_none(self, do: Do, hear: Hear) -> None:
        do("play", "calm", at=0)
        hear(80, 0, 15)
        flow = do("skip", at=15)
        judge(fresh(flow), now=at(20))
        play = Play.objects.get()
        assert (play.judged, play.reward) == (True, None)

    def test_reaches_other_sessions_only_with_consent(
        self, do: Do, hear: Hear, tenant: Tenant, open_session: OpenSession
    ) -> None:
        flow = self.played(do, hear, "calm", 80, 0)
        judge(fresh(flow), now=at(70))
        assert not Learning.objects.exists()
        assert set_pool(session=open_session(), tracks=POOL, now=NOON).prior == {}
        whose: dict[str, Any] = {"organisation": tenant.organisation, "livemode": True, "now": NOON}
        let_learn(**whose, across_sessions=True)
        flow = self.played(do, hear, "fast", 70, 120)
        judge(fresh(flow), now=at(190))
        later = set_pool(session=open_session(), tracks=POOL, now=NOON)
        assert later.prior["responses"] == 1
        assert fresh(flow).prior == {}
        test = set_pool(session=open_session(livemode=False), tracks=POOL, now=NOON)
        assert test.prior == {}
        let_learn(**whose, across_sessions=False)
        assert fresh(later).prior == Learning.objects.get().prior == {}


class TestTheLog:
    def test_stands(self, suggesting: Flow) -> None:
        line = last()
        with pytest.raises(DatabaseError, match="The log stands"), transaction.atomic():
            Decision.objects.filter(pk=line.pk).update(by="selector")

    def test_goes_with_its_session(self, suggesting: Flow) -> None:
        suggesting.session.delete()
        assert not Decision.objects.exists()

    def test_has_every_command_in_order_and_events_beside_it(
        self, suggesting: Flow, do: Do, tenant: Tenant
    ) -> None:
        answer(fresh(suggesting), now=at(1))
        do("panic", at=2)
        lines = list(Decision.objects.order_by("number"))
        assert [each.number for each in lines] == [1, 2, 3, 4]
        assert [each.action for each in lines] == ["pool", "mode", "offer", "panic"]
        assert [each.key_id for each in lines] == ["", "key_dj", "", "key_dj"]
        told = [row.data for row in kept(tenant) if row.type == "flow.changed"]
        assert [each["action"] for each in told] == ["pool", "mode", "offer", "panic"]
        assert told[-1]["flow"]["panicked"] is True
        assert told[-1]["version"] == 4


@pytest.mark.django_db(transaction=True)
class TestFollowing:
    async def test_answers_the_sessions_whose_selector_is_on(
        self, pooled: LiveSession, open_session: OpenSession, do: Do
    ) -> None:
        await in_thread(lambda: do("mode", mode=Mode.SUGGEST))
        quiet = await in_thread(open_session)
        await in_thread(lambda: set_pool(session=quiet, tracks=POOL, now=NOON))
        await answer_all([pooled.pk, quiet.pk, "ses_gone"], lambda: at(1))
        found = await in_thread(lambda: {each.pk: each.state_now() for each in Flow.objects.all()})
        assert found[pooled.pk].proposal is not None
        assert found[quiet.pk].proposal is None

    async def test_commands_of_one_moment_are_all_obeyed_and_logged(
        self, open_session: OpenSession
    ) -> None:
        """The first of them make the flow's row, and none of them twice."""
        session = await in_thread(open_session)

        def settle(number: int) -> Flow:
            return configure(session=session, changes={"ahead": number}, now=NOON)

        made = await asyncio.gather(*(in_thread(partial(settle, each)) for each in range(1, 9)))
        lines = await in_thread(lambda: list(Decision.objects.order_by("number")))
        assert sorted(each.version for each in made) == list(range(1, 9))
        assert [each.number for each in lines] == list(range(1, 9))
        assert {each.detail["ahead"] for each in lines} == set(range(1, 9))

    async def test_goes_on_where_one_fails(self, pooled: LiveSession, do: Do) -> None:
        def broken() -> None:
            do("mode", mode=Mode.SUGGEST)
            Flow.objects.filter(pk=pooled.pk).update(pool=[{"id": "no features"}])

        await in_thread(broken)
        await answer_all([pooled.pk], lambda: at(1))
        after = await in_thread(lambda: do("veto", "no features"))
        assert "no features" in after.state["vetoes"]

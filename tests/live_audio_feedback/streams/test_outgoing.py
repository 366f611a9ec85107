"""What a client is told, and what is kept of the scores, when either is slow or away."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from apps.live_audio_feedback.models import LiveSession, ZoneSecond
from apps.live_audio_feedback.streams import messages
from apps.live_audio_feedback.streams.outgoing import Farewell, Outgoing
from apps.live_audio_feedback.streams.score_writer import ScoreWriter

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class TestOutgoing:
    async def test_keeps_only_the_newest_score_for_a_slow_client(self) -> None:
        outgoing = Outgoing()
        for number in range(3):
            outgoing.tell(messages.warning(f"notice-{number}", ""))
            outgoing.show({"type": "score", "seq": number})
        outgoing.close(Farewell({"type": "receipt"}, None))
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await outgoing.deliver(send)
        bodies = [json.loads(message["text"]) for message in sent[:-1]]
        assert [body.get("code", body.get("seq")) for body in bodies] == [
            "notice-0",
            "notice-1",
            "notice-2",
            2,
            None,
        ]
        assert sent[-1] == {"type": "websocket.close", "code": 1000, "reason": "end"}

    async def test_gives_up_quietly_on_a_client_that_left(self) -> None:
        outgoing = Outgoing()
        outgoing.tell({"type": "hello"})

        async def send(message: dict[str, Any]) -> None:
            raise ConnectionResetError

        await outgoing.deliver(send)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("sockets")
class TestScoreWriter:
    async def test_writes_again_what_could_not_be_written(
        self, session: LiveSession, caplog: pytest.LogCaptureFixture
    ) -> None:
        writer = ScoreWriter()
        writer.add(session.pk, "north", 40.0, NOON)
        await sync_to_async(rename)("live_audio_feedback_zonesecond", "elsewhere")
        try:
            with caplog.at_level(logging.WARNING):
                await writer.write()
        finally:
            await sync_to_async(rename)("elsewhere", "live_audio_feedback_zonesecond")
        assert writer.waiting == 1
        assert [record.message for record in caplog.records] == [
            "scores not written, will try again"
        ]
        writer.add(session.pk, "north", 60.0, NOON)
        await writer.write()
        kept = await ZoneSecond.objects.aget()
        assert (kept.samples, kept.mean, writer.waiting) == (2, 50.0, 0)


def rename(table: str, other: str) -> None:
    """A table that is away fails a write as a database that is away does."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {other}")

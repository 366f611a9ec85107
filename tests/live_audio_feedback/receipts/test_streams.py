"""What streams come to, from the wire to the row: when they end well, and when all else ends."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from websockets.asyncio.client import connect

from apps.live_audio_feedback.models import LiveSession, LiveStream
from audio.crowd import DEFAULT
from tests.checkout import ROOT
from tests.conftest import Tenant
from tests.live_audio_feedback.client import Socket, application
from tests.live_audio_feedback.frames import frame
from tests.live_audio_feedback.receipts.conftest import seal

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("sockets"),
]
PATIENCE_S = 30
SERVER = """
import asyncio, sys
import tests.system.loaded
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from tests.live_audio_feedback.server import serving
async def main():
    async with serving() as host:
        print(host, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


@asynccontextmanager
async def another_process() -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A process that serves the suite's platform, and where; killed afterwards."""
    name = str(connection.settings_dict["NAME"])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, name, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        yield process, (await process.stdout.readline()).decode().strip()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def kept_stream(scored: int) -> LiveStream:
    """The only stream, once so many of its frames are kept."""
    until = time.monotonic() + PATIENCE_S
    while True:
        found = await LiveStream.objects.afirst()
        if found is not None and found.scored >= scored:
            return found
        assert time.monotonic() < until
        await asyncio.sleep(0.05)


class TestStream:
    async def test_comes_to_what_its_client_is_told(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        async with Socket(application(), session.pk, key=tenant.live_key) as socket:
            await socket.send(*(frame(seq=seq, t_us=seq) for seq in (0, 1, 4, 4, 3, 5)))
            await socket.end()
            assert await socket.closed() == 1000
        told, kept = socket.last("receipt"), await LiveStream.objects.aget()
        for name in ("received", "scored", "dropped", "repeated", "late", "lost"):
            assert getattr(kept, name) == told[f"frames_{name}"], name
        assert (kept.received, kept.scored, kept.repeated, kept.late, kept.lost) == (6, 4, 1, 1, 2)
        assert (kept.session_id, kept.zone) == (session.pk, "north")
        assert (kept.scorer, kept.scorer_sha256) == (DEFAULT.name, DEFAULT.sha256)
        assert kept.ended_at is not None

    async def test_counts_as_dropped_what_waited_when_its_client_went(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        async with Socket(application(), session.pk, key=tenant.live_key) as socket:
            await socket.receive("hello")
            await socket.send(*(frame(seq=seq) for seq in range(50)))
        kept = await LiveStream.objects.aget()
        assert kept.received == 50 == kept.scored + kept.dropped
        assert kept.ended_at is not None

    @pytest.mark.system
    async def test_outlives_its_process(self, tenant: Tenant, session: LiveSession) -> None:
        async with another_process() as (process, host):
            stream = await connect(
                f"ws://{host}/v1/sessions/{session.pk}/stream?zone=south",
                additional_headers={"Authorization": f"Bearer {tenant.live_key}"},
                compression=None,
            )
            for seq in range(60):
                await stream.send(frame(seq=seq))
            await kept_stream(60)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        receipt = json.loads((await sync_to_async(seal)(session)).body)
        south = receipt["zones"][1]
        assert (south["frames_scored"], south["milliseconds_metered"]) == (60, 1200)
        assert (south["streams"], south["streams_interrupted"]) == (1, 1)
        assert south["seconds_heard"] >= 1

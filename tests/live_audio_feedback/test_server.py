"""The same socket behind the server, the routing and the wire that users meet."""

import asyncio
import json
import re
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from asgiref.sync import sync_to_async
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from apps.live_audio_feedback.models import LiveSession, ZoneSecond
from apps.live_audio_feedback.sockets import STRAIGHT
from audio.synth.crowd import applause
from tests.checkout import ROOT
from tests.conftest import Tenant
from tests.live_audio_feedback.conftest import OpenSession
from tests.live_audio_feedback.frames import frame
from tests.live_audio_feedback.server import serving
from tifo.processes.hearing import EXTENSION, Socket

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("sockets"),
]


def connection(host: str, session: LiveSession, key: str) -> Any:
    return connect(
        f"ws://{host}/v1/sessions/{session.pk}/stream?zone=north",
        additional_headers={"Authorization": f"Bearer {key}"},
        compression=None,
    )


async def last_words(stream: ClientConnection) -> tuple[list[str], int | None, str | None]:
    """The types of the messages that still come; then the code and reason of the close."""
    told: list[str] = []
    while True:
        try:
            told.append(json.loads(await stream.recv())["type"])
        except ConnectionClosed:
            return told, stream.close_code, stream.close_reason


class TestServer:
    async def test_gives_its_reasons_before_it_closes(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        async with serving() as host:
            async with connection(host, session, tenant.live_key) as stream:
                assert json.loads(await stream.recv())["type"] == "hello"
                for seq in range(10):
                    await stream.send(frame(seq=seq))
                assert json.loads(await stream.recv())["type"] == "score"
                await stream.send(b"nonsense")
                told, *closed = await last_words(stream)
                assert told[-2:] == ["receipt", "error"]
                assert closed == [4400, "malformed-frame"]
            async with connection(host, session, tenant.test_key) as refused:
                assert await last_words(refused) == (["error"], 4404, "not-found")

    async def test_hears_sound_straight_from_the_line(
        self, tenant: Tenant, session: LiveSession, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As production does, whose configuration this server has."""
        assert STRAIGHT == EXTENSION
        came: list[bool] = []

        def straight(self: Socket, data: bytes, at: int, end: int) -> bool:
            came.append(hand_over(self, data, at, end))
            return came[-1]

        hand_over = Socket._straight
        monkeypatch.setattr(Socket, "_straight", straight)
        async with serving() as host, connection(host, session, tenant.live_key) as stream:
            await stream.recv()
            for seq in range(50):
                await stream.send(frame(seq=seq))
            assert json.loads(await stream.recv())["type"] == "score"
        assert came.count(True) >= 40

    async def test_tells_who_speaks_what_it_tells_who_listens_when_the_window_ends(
        self, tenant: Tenant, open_session: OpenSession
    ) -> None:
        session = await sync_to_async(open_session)(ends_in=1.0)

        async def speak(line: ClientConnection) -> None:
            with suppress(ConnectionClosed):
                for seq in count():
                    await line.send(frame(seq=seq))
                    await asyncio.sleep(0.005)

        async with (
            serving() as host,
            connection(host, session, tenant.live_key) as speaker,
            connection(host, session, tenant.live_key) as listener,
        ):
            speaking = asyncio.create_task(speak(speaker))
            for line in (speaker, listener):
                told, *closed = await last_words(line)
                assert told[-3:] == ["warning", "receipt", "error"]
                assert closed == [4403, "outside-window"]
            await speaking

    async def test_keeps_what_it_scored_when_it_is_stopped(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        async with serving() as host:
            stream = await connection(host, session, tenant.live_key)
            await stream.recv()
            await stream.send(frame())
            assert json.loads(await stream.recv())["type"] == "score"
        assert (await last_words(stream))[1] == 1012
        assert await ZoneSecond.objects.aexists()


PAGE = ROOT / "docs" / "reference" / "live-socket.md"
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class TestReference:
    async def test_has_an_example_that_runs(self, tenant: Tenant, tmp_path: Path) -> None:
        claps = (applause(1.0, np.random.default_rng(3)) * 32767).astype("<i2")
        soundfile.write(tmp_path / "crowd.wav", claps, 16_000, subtype="PCM_16")
        printed = await self.example(tenant, tmp_path, succeeds=True)
        hello, *scores, receipt = printed.splitlines()
        assert "hello" in hello
        assert float(scores[-1].split()[0]) > 60
        assert "'frames_scored': 50" in receipt

    async def test_has_an_example_that_tells_what_went_wrong(
        self, tenant: Tenant, tmp_path: Path
    ) -> None:
        """There is no sound; the listener must not wait until the server gives the line up."""
        printed = await self.example(tenant, tmp_path, succeeds=False)
        assert "ExceptionGroup" in printed
        assert "FileNotFoundError" in printed

    async def example(self, tenant: Tenant, folder: Path, *, succeeds: bool) -> str:
        (code,) = PYTHON.findall(PAGE.read_text())
        (folder / "stream.py").write_text(code)
        async with serving() as host:
            example = await asyncio.create_subprocess_exec(
                sys.executable,
                "stream.py",
                f"http://{host}",
                tenant.test_key,
                "crowd.wav",
                cwd=folder,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            printed = (await asyncio.wait_for(example.communicate(), 20))[0].decode()
        assert (example.returncode == 0) is succeeds, printed
        return printed

"""Events are news: nobody who tells them waits long for whoever carries them."""

import asyncio
import socket
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from foundation import events


@pytest.fixture
def mute() -> Iterator[str]:
    """The address of a Redis that takes calls and never answers, as behind a cut cable."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}"


class TestSend:
    async def test_gives_up_on_a_redis_that_is_cut_off(
        self, mute: str, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        ours = settings.CHANNEL_LAYERS["default"]
        settings.CHANNEL_LAYERS = {"default": {**ours, "CONFIG": {"hosts": [mute]}}}
        await asyncio.wait_for(events.send("organisation.org_1.live", {"type": "cue"}), timeout=30)
        assert "event not delivered" in caplog.text

"""Microphones that are measured: each frame once, from its sending to the score that names it."""

import asyncio
import json
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bench.figures.live.capacity import IN_TIME_MS, MOST, STEP, _search
from bench.load import WrongAnswer
from bench.streams import Choir, Sung, sing

DELAY_S = 0.03
HEAD = struct.Struct("<BBHIQ")


@dataclass
class Toy:
    """Hears like a server, scores every fifth frame after a while, or hangs up or says nothing."""

    hangs_up: bool = False
    answers: bool = True
    starves: str = ""  # whoever speaks at this path
    numbers: dict[str, list[int]] = field(default_factory=dict)

    async def hear(self, line: ServerConnection) -> None:
        assert line.request is not None
        told = self.numbers.setdefault(f"{line.request.path} {line.remote_address[1]}", [])
        await line.send(json.dumps({"type": "hello"}))
        with suppress(ConnectionClosed):  # whoever measures goes without a word
            await self._follow(line, told)

    async def _follow(self, line: ServerConnection, told: list[int]) -> None:
        assert line.request is not None
        async for message in line:
            assert isinstance(message, bytes)
            for at in range(0, len(message), 656):
                version, codec, flags, seq, t_us = HEAD.unpack_from(message, at)
                assert (version, codec, flags) == (1, 1, 0)
                told.append(seq)
                if self.hangs_up and seq == 20:
                    return
                starved = self.starves and line.request.path == self.starves
                if self.answers and not starved and seq % 5 == 4:
                    await asyncio.sleep(DELAY_S)
                    await line.send(
                        json.dumps({"type": "score", "t_us": t_us}, separators=(",", ":"))
                    )


def served(toy: Toy) -> Iterator[int]:
    ports: list[int] = []
    up, end = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        async with serve(toy.hear, "127.0.0.1", 0, compression=None) as server:
            ports.append(server.sockets[0].getsockname()[1])
            up.set()
            await end.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[run()])
    thread.start()
    assert up.wait(5)
    yield ports[0]
    loop.call_soon_threadsafe(end.set)
    thread.join(5)
    loop.close()


@pytest.fixture(autouse=True)
def _no_warming(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.streams.WARM_S", 0.1)


def choir(port: int, *, frames: int = 1) -> Choir:
    return Choir(port, ["/a", "/b"], {"Authorization": "Bearer x"}, 4, 0.6, frames)


class TestAChoir:
    @pytest.mark.parametrize("frames", [1, 5])
    def test_numbers_every_frame_of_each_stream_and_times_its_score(self, frames: int) -> None:
        toy = Toy()
        serving = served(toy)
        sung = sing(choir(next(serving), frames=frames))
        next(serving, None)
        assert sorted(path.split()[0] for path in toy.numbers) == ["/a", "/a", "/b", "/b"]
        for numbers in toy.numbers.values():
            assert numbers == list(range(len(numbers)))
        assert sung.scores > 4
        assert DELAY_S * 1000 <= sung.p50_ms <= sung.p99_ms

    def test_says_the_whole_time_where_no_score_came(self) -> None:
        serving = served(Toy(answers=False))
        sung = sing(choir(next(serving)))
        next(serving, None)
        assert (sung.scores, sung.p50_ms, sung.p99_ms) == (0, 600.0, 600.0)

    def test_counts_what_half_of_them_were_never_told(self) -> None:
        serving = served(Toy(starves="/a"))
        sung = sing(choir(next(serving)))
        next(serving, None)
        assert sung.scores > 4
        assert sung.p99_ms == 600.0

    def test_fails_where_the_server_hangs_up(self) -> None:
        serving = served(Toy(hangs_up=True))
        with pytest.raises(WrongAnswer, match="hung up"):
            sing(choir(next(serving)))
        next(serving, None)


class Server:
    """In time up to so many streams."""

    def __init__(self, most: int) -> None:
        self.most = most

    def sung(self, streams: int, *, seconds: float, frames: int) -> Sung:
        if streams > 2 * self.most:
            raise WrongAnswer("hung up")
        late = IN_TIME_MS if streams <= self.most else 10 * IN_TIME_MS
        return Sung(1, late, late)


class TestASearch:
    @pytest.mark.parametrize("most", [0, 10, 25, 60, 100, 101, 137, 310, 995, MOST, 3 * MOST])
    def test_finds_the_next_lower_step_again_and_again(self, most: int) -> None:
        server = Server(most)
        search = _search(server, 1)  # type: ignore[arg-type]
        assert [search() for _ in range(3)] == [min(most, MOST) // STEP * STEP] * 3
        server.most = 450
        assert search() == 450

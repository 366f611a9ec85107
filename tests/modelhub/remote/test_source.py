"""A file read by HTTP ranges: from a server that is honest, and from many that are not."""

import itertools
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modelfiles import Source, inspect
from modelhub.remote import Code, HttpRangeSource, Identity, RemoteRefused
from tests.modelfiles.samples import LLAMA_7B, gguf_llama
from tests.modelfiles.samples_tflite import tflite_llama
from tests.modelhub.remote.servers import (
    CLOSE,
    Asked,
    Behaviour,
    Server,
    answer,
    honest,
    part,
    serving,
)

DATA = bytes(range(256)) * 1024  # four blocks


class Hole:
    """The first bytes of a large file, and zeros for the rest."""

    def __init__(self, head: bytes, size: int) -> None:
        self.head, self.size = head, size

    def __call__(self, asked: Asked) -> list[bytes]:
        assert asked.range
        start, last = asked.range[0], min(asked.range[1], self.size - 1)
        body = self.head[start : last + 1].ljust(last + 1 - start, b"\0")
        return [answer(206, body, Content_Range=f"bytes {start}-{last}/{self.size}", ETag='"h"')]


class TestAnHonestServer:
    def test_is_read_as_a_file_is(self) -> None:
        with serving(honest(DATA)) as server, HttpRangeSource(server.url, server.reach()) as remote:
            source: Source = remote
            assert source.size == len(DATA)
            for offset, length in [
                (0, 10),
                (65_530, 20),
                (0, len(DATA)),
                (len(DATA) - 1, 1),
                (9, 0),
            ]:
                assert source.read(offset, length) == DATA[offset : offset + length]
            assert remote.identity == Identity(len(DATA), '"one"')
            assert remote.bytes_read == len(DATA)
            assert server.connections == 1
            assert server.asked[0].host == f"model.test:{server.port}"

    @pytest.mark.parametrize("make", [gguf_llama, tflite_llama])
    def test_leads_to_the_report_that_the_file_gives(
        self, make: Callable[..., object], tmp_path: Path
    ) -> None:
        sample = gguf_llama(LLAMA_7B, "Q4_K") if make is gguf_llama else tflite_llama(LLAMA_7B)
        with (
            serving(Hole(sample.head, sample.size)) as server,
            HttpRangeSource(server.url, server.reach()) as source,
        ):
            report = inspect(source)
            assert report.parameters == LLAMA_7B.parameters
            assert report.file_bytes == sample.size > 3_000_000_000
            assert source.bytes_read < 8_000_000
            assert source.requests < 100

    def test_may_answer_at_one_of_its_addresses_alone(self) -> None:
        answers = [["127.0.0.9", "127.0.0.1"]]
        with serving(lambda asked: [part(DATA, asked), CLOSE]) as server:
            reach = server.reach(resolver=lambda host, port: answers.pop())
            with HttpRangeSource(server.url, reach) as source:
                assert source.read(0, len(DATA)) == DATA

    def test_may_hang_up_between_two_answers(self) -> None:
        def hanging_up(asked: Asked) -> list[bytes]:
            return [part(DATA, asked), CLOSE]

        with serving(hanging_up) as server, HttpRangeSource(server.url, server.reach()) as source:
            assert source.read(0, len(DATA)) == DATA
            assert server.connections == 2

    def test_may_announce_that_it_will_hang_up(self) -> None:
        def closing(asked: Asked) -> list[bytes]:
            return [part(DATA, asked, Connection="close"), CLOSE]

        with serving(closing) as server, HttpRangeSource(server.url, server.reach()) as source:
            assert source.read(0, len(DATA)) == DATA

    def test_may_send_in_chunks(self) -> None:
        def chunked(asked: Asked) -> list[bytes]:
            whole = part(DATA, asked, Content_Length=None, Transfer_Encoding="chunked")
            head, _, body = whole.partition(b"\r\n\r\n")
            return [head + b"\r\n\r\n", b"%x\r\n" % len(body), body, b"\r\n0\r\n\r\n"]

        with serving(chunked) as server, HttpRangeSource(server.url, server.reach()) as source:
            assert source.read(0, len(DATA)) == DATA

    def test_may_have_moved_the_file(self) -> None:
        def moving(asked: Asked) -> list[bytes]:
            return [part(DATA, asked) if asked.path == "/there" else answer(302, Location="/there")]

        with serving(moving) as server, HttpRangeSource(server.url, server.reach()) as source:
            assert source.read(100_000, 5) == DATA[100_000:100_005]
            assert source.url.endswith("/there")
            assert [asked.path for asked in server.asked] == ["/model", "/there", "/there"]


def lying(**headers: object) -> Behaviour:
    return lambda asked: [part(DATA, asked, **headers)]


def later(behaviour: Behaviour) -> Behaviour:
    """Honest at first, and only then as told."""
    return lambda asked: behaviour(asked) if asked.number else [part(DATA, asked)]


def moved(location: str) -> Behaviour:
    return lambda asked: [answer(302, Location=location)]


def dripping(asked: Asked) -> Iterator[bytes]:
    yield b"HTTP/1.1 206 Told\r\nX-Slow: "
    while True:
        time.sleep(0.05)
        yield b"x"


def dripping_body(asked: Asked) -> Iterator[bytes]:
    head, _, body = part(DATA, asked).partition(b"\r\n\r\n")
    yield head + b"\r\n\r\n"
    for byte in body:
        time.sleep(0.05)
        yield bytes((byte,))


def silent(asked: Asked) -> Iterator[bytes]:
    time.sleep(0.7)
    yield CLOSE


def endless(asked: Asked) -> Iterator[bytes]:
    yield part(DATA, asked, Content_Length=None)
    while True:
        yield bytes(65_536)


def endless_headers(asked: Asked) -> Iterator[bytes]:
    yield b"HTTP/1.1 206 Told\r\n"
    for number in itertools.count():
        yield b"X-%d: %s\r\n" % (number, b"x" * 1000)


def continuing(asked: Asked) -> Iterator[bytes]:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n"


# name: (what the server does, the code)
CASES: dict[str, tuple[Behaviour, Code]] = {
    "the whole file for a part": (lambda asked: [answer(200, DATA)], Code.NO_RANGES),
    "no range in a part": (lying(Content_Range=None), Code.BAD_ANSWER),
    "another part": (lying(Content_Range="bytes 1-65536/262144"), Code.BAD_ANSWER),
    "less than was asked for": (lying(Content_Range="bytes 0-9/262144"), Code.BAD_ANSWER),
    "more than was asked for": (lying(Content_Range="bytes 0-99999/262144"), Code.BAD_ANSWER),
    "a size of *": (lying(Content_Range="bytes 0-65535/*"), Code.BAD_ANSWER),
    "a negative size": (lying(Content_Range="bytes 0-65535/-1"), Code.BAD_ANSWER),
    "a size of a thousand digits": (
        lying(Content_Range="bytes 0-65535/" + "9" * 1000),
        Code.BAD_ANSWER,
    ),
    "a part of nothing": (lying(Content_Range="bytes 0--1/0"), Code.BAD_ANSWER),
    "a length that is no number": (lying(Content_Length="1e3"), Code.BAD_ANSWER),
    "a length besides the range's": (lying(Content_Length=70_000), Code.BAD_ANSWER),
    "a compressed part": (lying(Content_Encoding="gzip"), Code.BAD_ANSWER),
    "a body that ends early": (
        lambda asked: [part(DATA, asked)[:-100], CLOSE],
        Code.CUT_OFF,
    ),
    "an error": (lambda asked: [answer(500)], Code.STATUS),
    "not found": (lambda asked: [answer(404)], Code.STATUS),
    "not modified": (lambda asked: [answer(304)], Code.STATUS),
    "an empty file": (lambda asked: [answer(416)], Code.BAD_ANSWER),
    "no HTTP": (lambda asked: [b"SSH-2.0-OpenSSH\r\n", CLOSE], Code.BAD_ANSWER),
    "nothing": (lambda asked: [CLOSE], Code.CUT_OFF),
    "headers without end": (endless_headers, Code.BAD_ANSWER),
    "another size later": (later(lambda asked: [part(DATA + b"x", asked)]), Code.CHANGED),
    "another ETag later": (later(lying(ETag='"two"')), Code.CHANGED),
    "no ETag later": (later(lying(ETag=None)), Code.CHANGED),
    "another date later": (later(lying(Last_Modified="yesterday")), Code.CHANGED),
    "the whole file later": (later(lambda asked: [answer(200, DATA)]), Code.NO_RANGES),
    "another part later": (later(lying(Content_Range="bytes 0-9/262144")), Code.BAD_ANSWER),
    "a move later": (later(moved("/there")), Code.STATUS),
    "a move to nowhere": (lambda asked: [answer(302)], Code.BAD_ANSWER),
    "a move in circles": (moved("/model"), Code.REDIRECTS),
    "a move to a file": (moved("file:///etc/passwd"), Code.SCHEME),
    "a move with credentials": (moved("http://user:secret@model.test/"), Code.CREDENTIALS),
    "a move to another port": (moved("http://model.test:6379/"), Code.PORT),
    "a move to no URL": (moved("http://[::1"), Code.BAD_ANSWER),
    "a body without end": (endless, Code.BAD_ANSWER),
}
SLOW: dict[str, Behaviour] = {
    "headers that drip": dripping,
    "a body that drips": dripping_body,
    "a silent line": silent,
    "continuations without end": continuing,
}


def reading(server: Server, **more: object) -> RemoteRefused:
    with (
        pytest.raises(RemoteRefused) as raised,
        HttpRangeSource(server.url, server.reach(**more)) as source,
    ):
        source.read(0, len(DATA))
    return raised.value


class TestAHostileServer:
    @pytest.mark.parametrize("name", CASES)
    def test_is_found_out_by_name(self, name: str) -> None:
        behaviour, code = CASES[name]
        with serving(behaviour) as server:
            assert reading(server).code is code

    @pytest.mark.parametrize(("within_s", "silent_s"), [(0.4, 0.3), (0.3, 5.0)])
    @pytest.mark.parametrize("name", SLOW)
    def test_gets_no_more_time_than_there_is(
        self, name: str, within_s: float, silent_s: float
    ) -> None:
        with serving(SLOW[name]) as server:
            started = time.monotonic()
            refused = reading(server, answer_within_s=within_s, silent_for_s=silent_s)
            assert refused.code is Code.TIMEOUT
            assert refused.is_passing
            assert time.monotonic() - started < 2

    def test_leads_to_no_private_address(self) -> None:
        """The name it moves to is resolved and checked as the first one was."""
        names = {"model.test": "127.0.0.1", "inside.test": "10.0.0.7"}
        port: list[int] = []
        with serving(lambda asked: moved(f"http://inside.test:{port[0]}/")(asked)) as server:
            port.append(server.port)
            refused = reading(server, resolver=lambda host, port: [names[host]])
        assert refused.code is Code.NOT_PUBLIC
        assert refused.facts == {"host": "inside.test"}

    def test_gains_nothing_by_another_answer_to_the_same_name(self) -> None:
        """A name is resolved once: what was checked is what is connected to, also again."""
        answers = iter([["127.0.0.1"], ["10.0.0.7"], ["10.0.0.7"]])
        with serving(lambda asked: [part(DATA, asked), CLOSE]) as server:
            reach = server.reach(resolver=lambda host, port: next(answers))
            with HttpRangeSource(server.url, reach) as source:
                assert source.read(0, len(DATA)) == DATA
            assert server.connections == 2
        assert next(answers) == ["10.0.0.7"]

    def test_is_asked_again_at_the_address_that_answered(self) -> None:
        """Another machine of the same name may have another version of the file."""
        with serving(lambda asked: [part(DATA, asked), CLOSE]) as server:
            both = server.reach(resolver=lambda host, port: ["127.0.0.9", "127.0.0.1"])
            with (
                HttpRangeSource(server.url, both) as source,
                socket.create_server(("127.0.0.9", server.port)),
            ):
                assert source.read(0, len(DATA)) == DATA

    def test_gets_no_more_requests_than_there_are(self) -> None:
        with serving(honest(DATA)) as server:
            refused = reading(server, requests=1)
            assert (refused.code, refused.facts) == (Code.BUDGET, {"requests": 1})
            assert len(server.asked) == 1

    def test_sends_no_more_bytes_than_may_be_read(self) -> None:
        with serving(honest(DATA)) as server:
            refused = reading(server, bytes_read=200_000)
            assert (refused.code, refused.facts) == (Code.BUDGET, {"bytes": 200_000})
            assert len(server.asked) == 1

    def test_that_is_not_there_is_unreachable(self) -> None:
        with serving(honest(DATA)) as server:
            gone = server
        with pytest.raises(RemoteRefused) as raised:
            HttpRangeSource(gone.url, gone.reach())
        assert raised.value.code is Code.UNREACHABLE

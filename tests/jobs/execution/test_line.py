"""Messages over a line: whole, in pieces, and from those who do not keep to the form."""

import json
import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from jobs.execution.line import MOST_BYTES, Ended, Line
from jobs.execution.messages import Answer


@pytest.fixture
def pair() -> Iterator[tuple[Line, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Line(ours), theirs


class TestALine:
    def test_carries_messages_larger_than_any_buffer(
        self, pair: tuple[Line, socket.socket]
    ) -> None:
        line, theirs = pair
        large = b"ole!" * 1_000_000
        teller = threading.Thread(target=Line(theirs).tell, args=[large])
        teller.start()
        assert line.hear() == large
        teller.join()

    def test_waits_for_the_rest(self, pair: tuple[Line, socket.socket]) -> None:
        line, theirs = pair
        theirs.sendall(struct.pack("!I", 4) + b"ol")
        assert line.hear(0.01) is None
        theirs.sendall(b"e!" + struct.pack("!I", 0))
        assert line.hear(0.01) == b"ole!"
        assert line.hear(0.01) == b""

    def test_ends_with_whoever_is_at_the_other_end(self, pair: tuple[Line, socket.socket]) -> None:
        line, theirs = pair
        theirs.close()
        with pytest.raises(Ended):
            line.hear()
        with pytest.raises(Ended):
            line.tell(b"anybody?")

    def test_ends_where_more_is_announced_than_may_be(
        self, pair: tuple[Line, socket.socket]
    ) -> None:
        line, theirs = pair
        theirs.sendall(struct.pack("!I", MOST_BYTES + 1))
        with pytest.raises(Ended):
            line.hear(0.01)


class TestAnAnswer:
    @pytest.mark.parametrize("provider", ["x" * 61, "a\0", "of two words", 7])
    def test_names_no_provider_that_is_none(self, provider: object) -> None:
        told = {"outcome": "done", "provider": provider}
        with pytest.raises(Ended):
            Answer.read(json.dumps(told).encode())

    def test_of_a_process_that_names_none_is_one(self) -> None:
        assert Answer.read(b'{"outcome": "done"}').provider == ""

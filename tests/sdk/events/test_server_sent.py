"""Server-sent events as they come: in pieces, with every line end that there is."""

import pytest

from tifo_client import TifoError
from tifo_client.events.server_sent import Reader, ServerSent


class TestTheReader:
    TEXT = (
        "\ufeffretry: 50\r\n\r\n: beat\n\nid: e1\nevent: a\ndata: ol\u00e9\ndata:  two\n\n"
        "data\r\revent: b\n\nid: \0\nretry: x\ndata: \u2028\n\n"
    ).encode()
    EVENTS = (ServerSent("a", "ol\u00e9\n two", "e1"), ServerSent("message", "", ""))
    LAST = ServerSent("message", "\u2028", "")

    @pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
    def test_finds_the_events_however_they_come(self, size: int) -> None:
        reader = Reader()
        found = [
            event
            for at in range(0, len(self.TEXT), size)
            for event in reader.feed(self.TEXT[at : at + size])
        ]
        assert found == [*self.EVENTS, self.LAST]
        assert reader.retry_s == 0.05

    @pytest.mark.parametrize("piece", [b"x" * 600_000, b"data: " + b"x" * 600_000 + b"\n"])
    def test_ends_with_what_has_no_end(self, piece: bytes) -> None:
        reader = Reader()
        assert not [*reader.feed(piece)]
        with pytest.raises(TifoError, match="goes on after 1,000,000 characters"):
            [*reader.feed(piece)]

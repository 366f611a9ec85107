"""A body that is shorter than was said is not a shorter body."""

from io import BytesIO
from typing import Any

import pytest

from foundation.http.transfer import BrokenOff, declared


def read(body: bytes, length: str, size: int = -1) -> list[bytes]:
    """What an application reads that is served by a server which says nothing of lost bytes."""

    def application(environ: Any, _: Any) -> list[bytes]:
        pieces = []
        while piece := environ["wsgi.input"].read(size):
            pieces.append(piece)
        return pieces

    return [*declared(application)({"wsgi.input": BytesIO(body), "CONTENT_LENGTH": length}, None)]


class TestABody:
    @pytest.mark.parametrize("size", [-1, 1, 4, 100])
    def test_that_is_whole_is_read_to_its_end(self, size: int) -> None:
        assert b"".join(read(b"0123456789", "10", size)) == b"0123456789"

    @pytest.mark.parametrize("size", [-1, 1, 4, 100])
    @pytest.mark.parametrize("body", [b"", b"012345678"])
    def test_that_breaks_off_is_not_taken_for_whole(self, body: bytes, size: int) -> None:
        with pytest.raises(BrokenOff):
            read(body, "10", size)

    @pytest.mark.parametrize("length", ["", "0"])
    def test_of_no_length_is_none_of_its_business(self, length: str) -> None:
        assert read(b"", length) == []

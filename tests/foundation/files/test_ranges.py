"""Which part of a file a `Range` asks for."""

import pytest

from foundation.http.ranges import NoSuchRange, part_of


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, None),
        ("", None),
        ("bytes=0-0", (0, 1)),
        ("bytes=2-5", (2, 6)),
        ("Bytes = 2-5", (2, 6)),
        ("bytes=2-", (2, 10)),
        ("bytes=9-99", (9, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("bytes=a-b", None),
        ("bytes=0-" + "9" * 99, None),
        ("bytes=٣-", None),
        ("frames=0-1", None),
    ],
)
def test_is_one_part_or_the_whole(header: str | None, part: tuple[int, int] | None) -> None:
    assert part_of(header, size=10) == part


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-5", 0)]
)
def test_behind_the_end_is_told_the_length(header: str, size: int) -> None:
    with pytest.raises(NoSuchRange) as refused:
        part_of(header, size=size)
    assert refused.value.headers == {"Content-Range": f"bytes */{size}"}

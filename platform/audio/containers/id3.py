"""ID3 tags, which stand before, behind and between sound of any kind, with pictures in them."""

from audio.containers.source import Source

_HEAD, _OLD_TAG = 10, 128  # bytes; ID3v1 has one size
_HAS_FOOTER = 0x10
_MOST_TAGS = 100


def past(source: Source, at: int) -> int | None:
    """Behind the tag that stands there, of version 1 or 2; None where none does."""
    head = source.read(at, _HEAD)
    if head[:3] == b"TAG":
        return at + _OLD_TAG
    if len(head) < _HEAD or head[:3] != b"ID3" or max(head[6:]) > 0x7F:
        return None
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return at + _HEAD + size + (_HEAD if head[5] & _HAS_FOOTER else 0)


def past_all(source: Source) -> int:
    """Where the sound begins, behind any number of tags of version 2."""
    at = 0
    for _ in range(_MOST_TAGS):
        after = past(source, at) if source.read(at, 3) == b"ID3" else None
        if after is None:
            break
        at = after
    return at

"""The elements of a recording one after the other, on from the next cluster behind damage.

Clusters are entered whatever size they claim. Of everything else the size must hold: behind it
stands an element that is known, or one that is not and leads to one. Where none does, bytes are
damaged or missing, and the next cluster is looked for.
"""

from collections.abc import Iterator

from audio.containers.source import BLOCK, Source
from audio.containers.webm import ebml

SEGMENT, CLUSTER, INFO, TRACKS = 0x18538067, 0x1F43B675, 0x1549A966, 0x1654AE6B
TIME, GROUP, SIMPLE_BLOCK = 0xE7, 0xA0, 0xA3
_OPENED = {SEGMENT, CLUSTER}
_IN_CLUSTERS = {TIME, GROUP, SIMPLE_BLOCK, 0xA7, 0xAB, 0xAF, 0x5854, 0xBF, 0xEC}
# Seek heads, cues, chapters, tags, attachments; the head of a file behind this one.
_BESIDE = {0x114D9B74, 0x1C53BB6B, 0x1043A770, 0x1254C367, 0x1941A469, 0x1A45DFA3}
_KNOWN = _OPENED | _IN_CLUSTERS | _BESIDE | {INFO, TRACKS}
_MARK = CLUSTER.to_bytes(4, "big")


def walk(source: Source, start: int, allowance: ebml.Allowance) -> Iterator[ebml.Element | None]:
    """Every element but those inside others that are read whole; None for each hole."""
    reader, at = _Reader(source), start
    while at < source.size:
        found = reader.element(at)
        if found is None or not reader.makes_sense(found):
            behind = _next_cluster(reader, at + 1, allowance)
            if behind is not None:
                yield None
                at = behind
                continue
            if found is None or found.end is None or found.end <= source.size:
                return
        allowance.take()
        yield found
        at = found.start if found.id in _OPENED or found.end is None else found.end


class _Reader:
    """Elements by their offset, out of one block that is read at a time."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._block, self._base = b"", 0
        self._last: tuple[int, ebml.Element | None] = (-1, None)

    def element(self, at: int) -> ebml.Element | None:
        if at == self._last[0]:  # most are looked at twice: from the one before, and in turn
            return self._last[1]
        if not self._base <= at <= self._base + len(self._block) - 12:
            self._block, self._base = self.source.read(at, 4_096), at
        self._last = at, ebml.element(self._block[at - self._base : at - self._base + 12], at)
        return self._last[1]

    def makes_sense(self, found: ebml.Element) -> bool:
        if found.id in _OPENED:
            return True
        if found.end is None or found.end > self.source.size:
            return False
        return self._is_known(found.end) or (found.id in _KNOWN and self._is_passed_over(found.end))

    def begins_well(self, cluster: ebml.Element) -> bool:
        """Whether what is in it is as it ought to be, so that it is no accident of other bytes."""
        inner = self.element(cluster.start)
        if inner is None or inner.id not in _IN_CLUSTERS or inner.end is None:
            return False
        return self._is_known(inner.end)

    def _is_known(self, at: int) -> bool:
        """Whether such an element stands there, or the end of the file."""
        found = self.element(at)
        return at == self.source.size or (found is not None and found.id in _KNOWN)

    def _is_passed_over(self, at: int) -> bool:
        found = self.element(at)
        return found is not None and found.end is not None and self._is_known(found.end)


def _next_cluster(reader: _Reader, at: int, allowance: ebml.Allowance) -> int | None:
    while at < reader.source.size:
        block = reader.source.read(at, BLOCK)
        offset = block.find(_MARK)
        if offset < 0:
            at += max(1, len(block) - len(_MARK) + 1)
            continue
        at += offset
        allowance.take()
        cluster = reader.element(at)
        if cluster is not None and reader.begins_well(cluster):
            return at
        at += 1
    return None

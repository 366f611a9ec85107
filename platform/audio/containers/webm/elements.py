"""The elements of a recording one after the other, on from the next cluster behind damage.

Clusters are entered whatever size they claim. Of everything else the size must hold: behind it
stands an element that is known, or some that are not and lead to one. Where none does, bytes are
damaged or missing, and the next cluster is looked for; where none comes, it was only the end.
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
_OF_FOUR_BYTES = _OPENED | _BESIDE | {INFO, TRACKS}
_KNOWN = _OF_FOUR_BYTES | _IN_CLUSTERS
_MARK = CLUSTER.to_bytes(4, "big")
_HEAD = 12  # bytes of an element's id and size, at most


def walk(source: Source, start: int, allowance: ebml.Allowance) -> Iterator[ebml.Element | None]:
    """Every element but those inside others that are read whole; None for each hole."""
    reader, clusters, at = _Reader(source, allowance), _Clusters(source, allowance), start
    while at < source.size:
        found = reader.element(at)
        if found is None or not (clusters.are_over or reader.makes_sense(found)):
            behind = clusters.next(at + 1)
            if behind is not None:
                yield None
                at = behind
                continue
            if found is None or found.end is None:
                return
        allowance.take()
        yield found
        at = found.start if found.id in _OPENED or found.end is None else found.end


class _Reader:
    """Elements by their offset, out of one block that is read at a time."""

    def __init__(self, source: Source, allowance: ebml.Allowance) -> None:
        self.source = source
        self._allowance = allowance
        self._block, self._base = b"", 0
        self._last: tuple[int, ebml.Element | None] = (-1, None)
        self._sound = 0  # so far, one element is known to lead to the next

    def element(self, at: int) -> ebml.Element | None:
        if at == self._last[0]:  # most are looked at twice: from the one before, and in turn
            return self._last[1]
        if not self._base <= at <= self._base + len(self._block) - _HEAD:
            self._block, self._base = self.source.read(at, 4_096), at
        return self._parsed(at)

    def _ahead(self, at: int) -> ebml.Element | None:
        """Wherever a damaged size points, the block stays."""
        if not self._base <= at <= self._base + len(self._block) - _HEAD:
            return ebml.element(self.source.read(at, _HEAD), at)
        return self._parsed(at)

    def _parsed(self, at: int) -> ebml.Element | None:
        offset = at - self._base
        self._last = at, ebml.element(self._block[offset : offset + _HEAD], at)
        return self._last[1]

    def makes_sense(self, found: ebml.Element) -> bool:
        if found.id in _OPENED:
            return True
        end = found.end
        if end is None or end > self.source.size:
            return False
        return end <= self._sound or self._leads_on(end, found.id not in _KNOWN)

    def _leads_on(self, at: int, strange: int) -> bool:
        """Whether the elements from there on lead to a known one, or to the end of the file.

        `strange` ones came before. Behind two, a short id is no proof: every thirtieth byte is one.
        """
        proofs = _KNOWN
        while at != self.source.size:
            found = self._ahead(at)
            if found is None:
                return False
            if found.id in proofs:
                break
            if found.end is None or found.end > self.source.size:
                return False
            self._allowance.take()
            strange += 1
            proofs = _KNOWN if strange < 2 else _OF_FOUR_BYTES
            at = found.end
        self._sound = at
        return True


class _Clusters:
    """Where they begin, looked for on and on through the file; no byte is read much oftener."""

    def __init__(self, source: Source, allowance: ebml.Allowance) -> None:
        self._source = source
        self._allowance = allowance
        self._block, self._base = b"", 0
        self.are_over = False

    def next(self, at: int) -> int | None:
        """The first from `at` on, which never goes back."""
        while at < self._source.size and not self.are_over:
            length = len(self._block)
            if at > self._base + length - 2 * _HEAD:
                self._block, self._base = self._source.read(at, BLOCK), at
                length = len(self._block)
            is_last = self._base + length == self._source.size
            offset = self._block.find(_MARK, at - self._base)
            if offset < 0:
                if is_last:
                    break
                at = self._base + length - len(_MARK) + 1
                continue
            at = self._base + offset
            if offset > length - 2 * _HEAD and not is_last:
                continue
            self._allowance.take()
            if self._begins_well(at):
                return at
            at += 1
        self.are_over = True
        return None

    def _begins_well(self, at: int) -> bool:
        """Whether what is in it is as it ought to be, so that it is no accident of other bytes."""
        cluster = self._element(at)
        inner = self._element(cluster.start) if cluster is not None else None
        if inner is None or inner.id not in _IN_CLUSTERS or inner.end is None:
            return False
        behind = ebml.element(self._source.read(inner.end, _HEAD), inner.end)
        return inner.end == self._source.size or (behind is not None and behind.id in _KNOWN)

    def _element(self, at: int) -> ebml.Element | None:
        offset = at - self._base
        return ebml.element(self._block[offset : offset + _HEAD], at)

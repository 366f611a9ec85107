"""A stretch of frames as a file that libsndfile reads, with silence for what is lost or spoilt."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise

from audio.containers.flac import checksums, silence
from audio.containers.flac.frames import NATIVE_BITS, Frame
from audio.containers.link import Link
from audio.containers.source import Piece, Pieces, Source
from audio.speakers import Speakers

_STREAMINFO = 34


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames of one form in the order of their numbers, up to the offset `end`.

    `spoilt` are those that are replaced by silence; `checked` says that all of those were looked
    for, `doubtful` that the bytes from the last one on are not those of one whole frame: they
    may hold a tag besides. Raises `UnreadableAudio` where too many are missing.
    """

    source: Source
    frames: list[Frame]
    end: int
    spoilt: frozenset[int] = frozenset()
    checked: bool = False
    doubtful: bool = False
    starts: list[int] = field(init=False)  # samples before each frame

    def __post_init__(self) -> None:
        starts = [0]
        for before, after in pairwise(self.frames):
            starts.append(starts[-1] + before.samples + silence.lost(before, after))
        object.__setattr__(self, "starts", starts)

    def link(self, speakers: Speakers | None = None, *, first: int = 0) -> Link:
        """From the frame `first` on."""
        head = self.frames[first]
        total = self.starts[-1] + self.frames[-1].samples - self.starts[first]
        pieces = [self._header(total), *self._pieces(first)]
        return Link(
            head.rate,
            head.channels,
            total,
            partial(Pieces, self.source, pieces),
            integers=abs(head.bits) == 32,
            resume=partial(self._resumed, first),
            speakers=speakers,
        )

    def _resumed(self, first: int, given: int, wanted: int) -> tuple[int, Link] | None:
        """Around what libsndfile gave up at, somewhere in the `wanted` samples behind `given`.

        What it says of the place is not exact, so frames are told by their checksums; those that
        are whole and still cannot be decoded are silenced with what is around them.
        """
        at = self.starts[first] + given
        better = self._checked() if not self.checked else self._without(at, at + wanted)
        if better is None:
            return None
        index = bisect_right(better.starts, at) - 1
        return at - better.starts[index], better.link(first=index)

    def _checked(self) -> "Stretch | None":
        offsets = [frame.offset for frame in self.frames]
        *inner, last = checksums.whole(self.source, [*offsets, self.end])
        spoilt = frozenset(index for index, good in enumerate(inner) if not good)
        checked = replace(self, spoilt=spoilt, checked=True, doubtful=not last)
        return None if checked.doubtful and not spoilt else checked

    def _without(self, at: int, end: int) -> "Stretch | None":
        """Without those that lie between two places; None where only the last is in doubt."""
        if self.doubtful:
            return None
        around = range(bisect_right(self.starts, at) - 1, bisect_right(self.starts, end))
        return replace(self, spoilt=self.spoilt | frozenset(around))

    def _pieces(self, first: int) -> Iterator[Piece]:
        run = -1  # where the bytes of a run of good frames begin
        for index in range(first, len(self.frames)):
            frame = self.frames[index]
            before = self.frames[index - 1] if index > first else None
            missing = before is not None and frame.number > before.next_number
            if run >= 0 and (missing or index in self.spoilt):
                yield run, frame.offset - run
                run = -1
            if missing and before is not None:
                yield silence.between(before, frame)
            if index in self.spoilt:
                yield silence.instead_of(frame)
            elif run < 0:
                run = frame.offset
        if run >= 0:
            yield run, self.end - run

    def _header(self, total: int) -> bytes:
        first = self.frames[0]
        sizes = [frame.samples for frame in self.frames[:-1]] or [first.samples]
        bits = abs(first.bits) if abs(first.bits) in NATIVE_BITS else 24
        word = first.rate << 44 | (first.channels - 1) << 41 | (bits - 1) << 36 | total
        blocks = max(16, min(sizes)) << 16 | max(16, *sizes)
        body = blocks.to_bytes(4, "big") + bytes(6) + word.to_bytes(8, "big") + bytes(16)
        return b"fLaC\x80" + _STREAMINFO.to_bytes(3, "big") + body

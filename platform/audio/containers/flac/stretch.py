"""A stretch of frames as a file that libsndfile reads, with silence for what is lost or spoilt."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice, pairwise

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
    may hold a tag besides. `silent` counts the frames of silence that it takes.
    """

    source: Source
    frames: list[Frame]
    end: int
    spoilt: frozenset[int] = frozenset()
    checked: bool = False
    doubtful: bool = False
    starts: list[int] = field(init=False)  # samples before each frame
    silent: int = field(init=False)

    def __post_init__(self) -> None:
        starts, silent = [0], len(self.spoilt)
        for before, after in pairwise(self.frames):
            count, samples = silence.missing(before, after)
            starts.append(starts[-1] + before.samples + samples)
            silent += count
        object.__setattr__(self, "starts", starts)
        object.__setattr__(self, "silent", silent)

    @property
    def samples(self) -> int:
        return self.starts[-1] + self.frames[-1].samples

    def link(self, speakers: Speakers | None = None, *, first: int = 0) -> Link:
        """From the frame `first` on; no frame of silence is made before it is opened."""
        head = self.frames[first]
        total = self.samples - self.starts[first]
        return Link(
            head.rate,
            head.channels,
            total,
            lambda: Pieces(self.source, self._pieces(first, total)),
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
        silence.refuse_beyond_most(better.silent)
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

    def _pieces(self, first: int, total: int) -> Iterator[Piece]:
        parts = list(self._parts(first))
        places = [place for part in parts if isinstance(part, list) for place in part]
        frames = iter(silence.frames(places, self.frames[first]))
        yield self._header(total)
        for part in parts:
            yield b"".join(islice(frames, len(part))) if isinstance(part, list) else part

    def _parts(self, first: int) -> Iterator[tuple[int, int] | list[silence.Place]]:
        """Runs of good frames in the source, and places of silence."""
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
                yield [(frame.number, frame.samples)]
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

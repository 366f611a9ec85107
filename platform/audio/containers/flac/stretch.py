"""A stretch of frames as a file that libsndfile reads, with silence for what is lost or spoilt."""

from bisect import bisect_right
from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice, pairwise

from audio.containers.flac import checksums, silence
from audio.containers.flac.frames import NATIVE_BITS, Frame
from audio.containers.link import Link
from audio.containers.source import Piece, Pieces, Source
from audio.speakers import Speakers

_STREAMINFO = 34
_MOST_SOUGHT = 1_000  # damaged frames whose end may lie before the next header


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames of one form in the order of their numbers, up to the offset `end`.

    `spoilt` are those that are replaced by silence; `checked` says that those were looked for.
    `ends` are guesses: where frames end that something else follows than the next header. Of one
    in six damaged frames of 10 kB a CRC fits by chance. `silent` counts the frames of silence.
    """

    source: Source
    frames: list[Frame]
    end: int
    spoilt: frozenset[int] = frozenset()
    checked: bool = False
    ends: dict[int, int] = field(default_factory=dict)
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
        end = at + wanted
        better = (
            self._without(at, end) if self.checked else self._checked(at_end=end > self.starts[-1])
        )
        if better is None:
            return None
        silence.refuse_beyond_most(better.silent)
        index = bisect_right(better.starts, at) - 1
        return at - better.starts[index], better.link(first=index)

    def _checked(self, *, at_end: bool) -> "Stretch | None":
        """Without the frames whose bytes do not end in their CRC, up to the next or before.

        None where only the last is in doubt, and `at_end` says that the error was there.
        """
        offsets = [*(frame.offset for frame in self.frames), self.end]
        *inner, last = checksums.whole(self.source, offsets)
        if at_end and all(inner) and not last:
            return None
        spoilt, ends = set(self.spoilt), dict[int, int]()
        for index in (index for index, good in enumerate([*inner, last]) if not good):
            frame = self.frames[index]
            most = min(offsets[index + 1], frame.offset + frame.most_bytes)
            sought = len(spoilt) + len(ends) < _MOST_SOUGHT
            end = checksums.closed(self.source, frame.offset, most) if sought else None
            if end is None:
                spoilt.add(index)
            else:
                ends[index] = end
        return self._silenced(spoilt, ends)

    def _without(self, at: int, end: int) -> "Stretch | None":
        """Without those between two places: those of guessed ends first, and all where none is."""
        first, behind = bisect_right(self.starts, at) - 1, bisect_right(self.starts, end)
        last = len(self.frames) - 1
        guessed = [index for index in self.ends if first - 1 <= index < max(behind, last)]
        if not guessed or guessed[0] >= behind:
            return replace(self, spoilt=self.spoilt.union(range(first, behind)))
        # One was chance, so no later one is trusted: each costs a start anew, and those are few.
        ends = {index: end for index, end in self.ends.items() if index not in guessed}
        return self._silenced(self.spoilt.union(guessed), ends)

    def _silenced(self, spoilt: Set[int], ends: dict[int, int]) -> "Stretch | None":
        """Without them; the last of all is left out, for a file that is cut short ends there."""
        frames, end, last = self.frames, self.end, len(self.frames) - 1
        if last in spoilt:
            frames, end = frames[:-1], frames[-1].offset
        spoilt = frozenset(spoilt - {last})
        if not frames:
            return None
        return replace(self, frames=frames, end=end, spoilt=spoilt, ends=ends, checked=True)

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
            if index in self.ends:
                yield run, self.ends[index] - run
                run = -1
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

"""What is heard of a track: its packets, and silence where some are missing between them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from audio.containers.ogg.chained import MAX_PACKETS
from audio.containers.refusal import AudioTooLong, UnreadableAudio

NANOSECONDS = 1_000_000_000
LONGEST_HOLE = 60  # seconds; a longer one is not filled with silence
_SLACK = 0.02  # seconds
MOST_SILENT = 100_000  # packets in a file, of 20 ms over half an hour

Lengths = Callable[[list[bytes]], list[int]]  # of packets in a row, in samples
Silence = Callable[[int, bytes], Iterator[bytes]]  # of so many samples, behind a packet


@dataclass(frozen=True, slots=True)
class _Hole:
    """The packet behind it, how many the block before it has, and when both blocks begin, in ns."""

    behind: int
    packets_before: int
    before_at: int
    behind_at: int


@dataclass(slots=True)
class Heard:
    """Blocks go in, in their order, and holes between them; packets come out."""

    scale: int = 1_000_000  # nanoseconds of a tick
    packets: list[bytes] = field(default_factory=list)
    discarded: int = 0  # nanoseconds, at the end
    _cluster: int | None = None
    _holes: list[_Hole] = field(default_factory=list)
    _in_hole: bool = False
    _at: int | None = None  # the last block: nanoseconds, if its cluster said when it begins
    _in_block: int = 0

    def hole(self) -> None:
        self._in_hole = True

    def cluster(self, ticks: int | None) -> None:
        """One begins; None until it says when."""
        self._cluster = ticks

    def add(self, packets: list[bytes], ticks: int, discarded: int | None) -> None:
        """Raises `UnreadableAudio` for too many."""
        if not packets:
            return
        at = None if self._cluster is None else (self._cluster + ticks) * self.scale
        if self._in_hole and self._at is not None and at is not None:
            self._holes.append(_Hole(len(self.packets), self._in_block, self._at, at))
        self._in_hole, self._at, self._in_block = False, at, len(packets)
        self.packets += packets
        if discarded is not None:
            self.discarded = discarded
        if len(self.packets) > MAX_PACKETS:
            raise UnreadableAudio("too_many_parts", "The WebM file has over a million packets.")

    def filled(
        self, lengths: Lengths, silence: Silence, rate: int, max_seconds: float
    ) -> list[bytes]:
        """The packets, with silent ones in the holes, `rate` samples a second.

        Only what the blocks on either side are apart is filled: a pause is no hole. But what came
        out up to `_SLACK` early or late since the last hole, as a block of Vorbis does behind
        another than its own neighbour, is made up for. Raises `AudioTooLong` or `UnreadableAudio`
        before the silence is more than a file may have.
        """
        filled: list[bytes] = []
        begun = made = total = owed = 0
        resumed: int | None = None
        for hole in self._holes:
            row = lengths(filled[-1:] + self.packets[begun : hole.behind])[len(filled[-1:]) :]
            filled += self.packets[begun : hole.behind]
            last, before = sum(row[-hole.packets_before :]), sum(row[: -hole.packets_before])
            if resumed is not None:
                owed += _slight((hole.before_at - resumed) * rate // NANOSECONDS - before, rate)
            begun, resumed = hole.behind, hole.behind_at
            lost = owed + (hole.behind_at - hole.before_at) * rate // NANOSECONDS - last
            if not 0 < lost <= LONGEST_HOLE * rate:
                owed = _slight(lost, rate)
                continue
            if total + lost > max_seconds * rate:
                raise AudioTooLong(max_seconds)
            silent = list(islice(silence(lost, filled[-1]), MOST_SILENT + 1 - made))
            made += len(silent)
            if made > MOST_SILENT:
                raise UnreadableAudio("too_many_parts", "Too much is missing in the WebM file.")
            length = sum(lengths([filled[-1], *silent])[1:])
            total, owed = total + length, lost - length
            filled += silent
        return filled + self.packets[begun:]


def _slight(samples: int, rate: int) -> int:
    return samples if abs(samples) <= _SLACK * rate else 0

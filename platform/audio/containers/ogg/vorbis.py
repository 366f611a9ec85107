"""Vorbis I headers, as far as they tell how many samples each packet gives."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

MAGIC = b"\x01vorbis"
_MOST_MODES = 64


@dataclass(frozen=True, slots=True)
class VorbisHead:
    """`long_modes` says of each mode whether its blocks are long (specification, 4.2.4)."""

    channels: int
    rate: int
    short: int
    long: int
    long_modes: tuple[bool, ...]

    @classmethod
    def of(cls, identification: bytes, setup: bytes) -> "VorbisHead | None":
        if len(identification) < 30 or identification[:7] != MAGIC or setup[:7] != b"\x05vorbis":
            return None
        short, long = 1 << (identification[28] & 15), 1 << (identification[28] >> 4)
        modes = _modes(setup)
        rate = int.from_bytes(identification[12:16], "little")
        if not (64 <= short <= long <= 8_192) or not modes or not identification[11] or not rate:
            return None
        return cls(identification[11], rate, short, long, modes)

    def lengths(self, packets: Sequence[bytes]) -> list[int]:
        """Samples that each packet completes: a quarter of the last block and of its own.

        The first gives none, and what is no audio packet gives none.
        """
        mode_bits, before, found = self._mode_bits, 0, []
        for packet in packets:
            size = self._block_size(packet, mode_bits)
            found.append((before + size) // 4 if before and size else 0)
            before = size or before
        return found

    def silence(self, samples: int, before: bytes) -> Iterator[bytes]:
        """Packets that last for so many samples behind the packet `before`, up to a short block.

        They end where a floor would begin, which is a channel's silence (specification, 4.3.2).
        Short ones stand first: each then adds half its size, and sound most often goes on long.
        """
        first = (self._block_size(before, self._mode_bits) + self.long) // 4
        longs = 0
        if True in self.long_modes and samples >= first:
            longs = 1 + (samples - first) // (self.long // 2)
            samples -= first + (longs - 1) * (self.long // 2)
        shorts = samples // (self.short // 2) if False in self.long_modes else 0
        for is_long, count in ((False, shorts), (True, longs)):
            if count:
                yield from repeat(self._silent(is_long), count)

    def _silent(self, of_long: bool) -> bytes:
        bits = self.long_modes.index(of_long) << 1
        if of_long:  # its neighbours are taken for long ones too
            bits |= 3 << 1 + self._mode_bits
        return bits.to_bytes(4, "little")

    @property
    def _mode_bits(self) -> int:
        return (len(self.long_modes) - 1).bit_length()

    def _block_size(self, packet: bytes, mode_bits: int) -> int:
        if not packet or packet[0] & 1:
            return 0
        mode = packet[0] >> 1 & ((1 << mode_bits) - 1)
        if mode >= len(self.long_modes):
            return 0
        return self.long if self.long_modes[mode] else self.short


def _modes(setup: bytes) -> tuple[bool, ...]:
    """The modes stand last in the setup header, behind codebooks that take a decoder to skip.

    They are therefore read from the end, as other readers do: 41 bits each, 32 of them zero,
    until the six bits in front say just as many.
    """
    bits = int.from_bytes(setup, "little")
    if not bits:
        return ()
    at = bits.bit_length() - 1  # the framing bit, which is 1
    found: list[bool] = []
    best: tuple[bool, ...] = ()
    tail = bits >> max(0, at - 41 * _MOST_MODES - 6)
    at = tail.bit_length() - 1
    while len(found) < _MOST_MODES and at >= 41 + 6:
        at -= 41
        mode = tail >> at & ((1 << 41) - 1)
        if mode >> 1 & 0xFFFFFFFF or mode >> 33 > 63:
            break
        found.insert(0, bool(mode & 1))
        if (tail >> (at - 6) & 63) + 1 == len(found):
            best = tuple(found)
    return best

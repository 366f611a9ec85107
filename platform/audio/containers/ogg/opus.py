"""Opus packets (RFC 6716) as files hold them (RFC 7845): how long each is, what is skipped."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

MAGIC = b"OpusHead"
RATE = 48_000
TAGS = b"OpusTags" + struct.pack("<I4sI", 4, b"tifo", 0)
# Fullband CELT of one channel (RFC 6716, table 2), the longest first; and the two bytes that say
# "silence" to the range decoder (section 4.3, table 56).
_CELT = ((b"\xf8", 960), (b"\xf0", 480), (b"\xe8", 240), (b"\xe0", 120))
_SILENT = b"\xff\xfe"
_DECODED_RATES = {8_000, 12_000, 16_000, 24_000, 48_000}


@dataclass(frozen=True, slots=True)
class OpusHead:
    """The identification header, of at least 19 bytes; `skip` is in samples of 48 kHz."""

    channels: int
    skip: int
    rate: int
    family: int  # of the channels' mapping
    raw: bytes

    @classmethod
    def of(cls, packet: bytes) -> "OpusHead | None":
        if len(packet) < 19 or packet[:8] != MAGIC or packet[8] >> 4 or not packet[9]:
            return None
        if packet[18] == 0 and packet[9] > 2:
            return None
        skip, rate = struct.unpack_from("<HI", packet, 10)
        return cls(packet[9], skip, rate if rate in _DECODED_RATES else RATE, packet[18], packet)

    def packet(self) -> bytes:
        """The header with the rate that libsndfile is to decode at."""
        return self.raw[:12] + self.rate.to_bytes(4, "little") + self.raw[16:]

    def silence(self, samples: int, _before: bytes) -> Iterator[bytes]:
        """Packets that last for so many samples of 48 kHz, up to the last 2.5 ms.

        None where streams outnumber channels, which no encoder makes: a packet is as long as those.
        """
        streams = self.raw[19] if self.family and len(self.raw) > 19 else 1
        for toc, length in _CELT if streams <= self.channels else ():
            count, samples = divmod(samples, length)
            # All streams but the last are delimited by their size (RFC 6716, appendix B).
            inner = (toc + b"\x02" + _SILENT) * (streams - 1)
            yield from repeat(inner + toc + _SILENT, count)


def samples(packet: bytes) -> int:
    """The packet's length at 48 kHz by its first two bytes (RFC 6716, section 3.1); 0: not Opus."""
    if not packet:
        return 0
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        one = (480, 960, 1_920, 2_880)[config & 3]
    elif config < 16:
        one = (480, 960)[config & 1]
    else:
        one = (120, 240, 480, 960)[config & 3]
    count = (1, 2, 2)[code] if code < 3 else packet[1] & 63 if len(packet) > 1 else 0
    return one * count if one * count <= 5_760 else 0


def lengths(packets: Sequence[bytes]) -> list[int]:
    return [samples(packet) for packet in packets]


def granules(lengths: Sequence[int]) -> list[int]:
    """The running sum: what each packet's page says when it ends there."""
    total, sums = 0, []
    for length in lengths:
        total += length
        sums.append(total)
    return sums

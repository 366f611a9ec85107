"""Opus packets (RFC 6716) as files hold them (RFC 7845): how long each is, what is skipped."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

MAGIC = b"OpusHead"
RATE = 48_000
TAGS = b"OpusTags" + struct.pack("<I4sI", 4, b"tifo", 0)
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


def granules(lengths: Sequence[int]) -> list[int]:
    """The running sum: what each packet's page says when it ends there."""
    total, sums = 0, []
    for length in lengths:
        total += length
        sums.append(total)
    return sums

"""Frame headers of MPEG audio, after ISO/IEC 11172-3 and 13818-3, and the later MPEG 2.5."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_RATES = ((11_025, 12_000, 8_000), (), (22_050, 24_000, 16_000), (44_100, 48_000, 32_000))
_LAYER_1 = (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448)
_LAYER_2 = (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)
_LAYER_3 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_LOW_1 = (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256)
_LOW_23 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


@dataclass(frozen=True, slots=True)
class Frame:
    """What four bytes say: `length` 0 is the free format, whose frames are as long as they are."""

    length: int
    samples: int
    rate: int
    channels: int
    kind: int  # version and layer: what a stream never changes in the middle
    padding: int


@lru_cache(maxsize=4096)
def frame(head: bytes) -> Frame | None:
    """The frame that four bytes begin, or None."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer == 4 or bitrate == 15 or rate == 3:
        return None
    hertz, padding, low = _RATES[version][rate], head[2] >> 1 & 1, version != 3
    table = (_LOW_1 if low else _LAYER_1) if layer == 1 else _LOW_23 if low else _by_layer(layer)
    samples = 384 if layer == 1 else 576 if layer == 3 and low else 1_152
    slot = 4 if layer == 1 else 1
    length = (samples // 8 // slot * table[bitrate] * 1_000 // hertz + padding) * slot
    channels = 1 if head[3] >> 6 == 3 else 2
    return Frame(
        length if bitrate else 0, samples, hertz, channels, version << 2 | layer, padding * slot
    )


def _by_layer(layer: int) -> tuple[int, ...]:
    return _LAYER_2 if layer == 2 else _LAYER_3


def _lengths() -> NDArray[np.int32]:
    """The frame length by the second and third byte; 0 where they begin no frame."""
    table = np.zeros(1 << 16, dtype=np.int32)
    for second in range(0xE0, 0x100):
        for third in range(0x100):
            found = frame(bytes((0xFF, second, third, 0)))
            table[second << 8 | third] = found.length if found else 0
    return table


LENGTHS = _lengths()

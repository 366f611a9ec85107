"""Frames as a client makes them, written from the protocol's page and not from our code."""

import struct
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

SILENCE = bytes(640)


def frame(payload: bytes = SILENCE, seq: int = 0, t_us: int = 0) -> bytes:
    return struct.pack("<BBHIQ", 1, 1, 0, seq, t_us) + payload


def frames(samples: npt.NDArray[np.float32], first: int = 0) -> Iterator[bytes]:
    """`samples` (float32, -1 to 1, 16 kHz) as numbered frames; what fills no frame is left out."""
    whole = len(samples) // 320 * 320
    pcm = (samples[:whole] * 32767).astype("<i2").reshape(-1, 320)
    for number, row in enumerate(pcm, start=first):
        yield frame(row.tobytes(), number, number * 20_000)

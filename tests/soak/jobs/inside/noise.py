"""What a job of the soak writes, which its caller knows before."""

import random
from typing import Final

_BYTES: Final = 20_000


def noise(seed: int) -> bytes:
    """The file that a job of this seed makes."""
    return random.Random(seed).randbytes(_BYTES)

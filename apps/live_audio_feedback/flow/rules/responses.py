"""How the crowd answered a track: the reward that the selector learns from."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from apps.live_audio_feedback.flow.rules.context import Sample

SETTLES_S: Final = 10.0  # a crowd needs a moment; until then it answers the track before
LEAST_S: Final = 20.0  # of the track, before it says anything
LEAST_SAMPLES: Final = 10


def reward(samples: Sequence[Sample], began: float, ended: float) -> float | None:
    """The mean score of a play as a share of 100, 0 to 1: its first 10 s are left out.

    None where it was played for less than 20 s, or was heard for less than 10 of them: what was
    cut short or not heard teaches nothing.
    """
    if ended - began < LEAST_S:
        return None
    heard = [each.score for each in samples if began + SETTLES_S <= each.at < ended]
    if len(heard) < LEAST_SAMPLES:
        return None
    return float(np.clip(np.mean(heard) / 100, 0, 1))

"""How long a stream's memory holds what it heard: the time constants of its running means."""

import math

from audio.crowd.spectrum import FRAME_SAMPLES, SAMPLE_RATE

FRAME_SECONDS = FRAME_SAMPLES / SAMPLE_RATE
LEVEL_SECONDS = (0.3, 0.3, 0.15, 0.6)  # power, A-weighted power, the vocal band's level, its swing
TIMBRE_SECONDS = 0.8
OFFSET_SECONDS = 0.3  # below 0.5 Hz nothing is sound
FLOOR_FALLS_SECONDS, FLOOR_RISES_SECONDS = 1.0, 60.0
FLOOR_STARTS_FRAMES = 50
FLOOR_LISTENS_ABOVE_DBA = -72.0  # a muted microphone must not become the floor
LARGEST_SWING_DB = 12.0  # an onset from silence must not read as speech for seconds
PARTIALS_LAG = 3  # frames: 60 ms, so that the windows compared share no sample


def pace_of(seconds: float) -> float:
    """The share of a new frame in a running mean with a time constant of `seconds`."""
    return 1 - math.exp(-FRAME_SECONDS / seconds)

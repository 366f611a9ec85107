"""A whole sound scored as if it had come live: the same frames, memory and numbers."""

from typing import Any

from audio.crowd import SAMPLE_RATE, Version, score_clip
from audio.files import Audio, resample

SCORE_HZ = 10


def rescored(sound: Audio, version: Version) -> list[dict[str, Any]]:
    """Ten scores a second, rounded as the live ones are; the first after a tenth of a second.

    Each has `at_s`, its end; `score`; `level_dbfs`; and `parts`: the level and the likelihoods of
    the sounds that the version knows.
    """
    samples = resample(sound.samples, sound.sample_rate, SAMPLE_RATE)
    rows = []
    for number, score in enumerate(score_clip(samples, version=version), 1):
        known = {sound: round(getattr(score, sound), 3) for sound in version.sounds}
        rows.append(
            {
                "at_s": number / SCORE_HZ,
                "score": round(score.score, 2),
                "level_dbfs": round(score.level_dbfs, 2),
                "parts": {"level": round(score.level, 2), **known},
            }
        )
    return rows

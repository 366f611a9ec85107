"""A whole sound scored as if it had come live: the same frames, memory and numbers."""

from typing import Any

from audio.crowd import Float32Array, Version, score_clip

SCORE_HZ = 10


def rescored(samples: Float32Array, version: Version) -> list[dict[str, Any]]:
    """Ten scores a second, rounded as the live ones are; the first after a tenth of a second.

    `samples` are float32 at `audio.crowd.SAMPLE_RATE`, (n, channels). Each score has `at_s`, its
    end; `score`; `level_dbfs`; and `parts`: the level and the likelihoods of the sounds that the
    version knows.
    """
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

"""The published crowd score: one number from 0 to 100 out of likelihoods and level.

    positive = 1 - (1 - applause)(1 - cheer)(1 - 0.7 chant)
    lift     = level over the stream's own floor, 0 at 0 dB and 1 at 30 dB
    activity = 0 at -72 dBFS(A) and 1 at -60: below, nobody can be heard
    score    = 30 + activity * (8 + 10 lift
                                + positive * (34 + 20 lift)
                                - (1 - positive) * boo * (16 + 20 lift))

clipped to 0..100. Silence reads 30, a murmuring crowd about 40, applause and cheers above 65, boos
below 30. For the same likelihoods more level raises the score, unless the crowd boos.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from audio.crowd.spectrum import Float32Array

SILENT_DBA, ACTIVE_DBA = -72.0, -60.0
LOWEST_LEVEL_DBA = -60.0
FULL_LIFT_DB = 30.0
CHANT_WEIGHT = 0.7
SOUNDS = ("applause", "cheer", "boo", "speech", "chant", "laughter")
HEARD_POINTS, LIFT_POINTS = 8, 10
POSITIVE_POINTS, POSITIVE_LIFT_POINTS = 34, 20
BOO_POINTS, BOO_LIFT_POINTS = 16, 20


@dataclass(frozen=True)
class Score:
    """One stream's score. `score` and `level` run from 0 to 100, the likelihoods from 0 to 1.

    `level` is linear in A-weighted dB, 0 at -60 dBFS(A) and 100 at 0; `level_dbfs` is unweighted,
    with 0 dBFS at an RMS of 1.0 (a full-scale sine reads -3) and never below -120. `laughter` is
    None from a version that does not know it.
    """

    score: float
    level: float
    level_dbfs: float
    applause: float
    cheer: float
    boo: float
    speech: float
    chant: float
    laughter: float | None = None


@dataclass(frozen=True)
class Scores:
    """The scores of n streams: the fields of `Score`, each an array of shape (n,)."""

    score: Float32Array
    level: Float32Array
    level_dbfs: Float32Array
    applause: Float32Array
    cheer: Float32Array
    boo: Float32Array
    speech: Float32Array
    chant: Float32Array
    laughter: Float32Array | None = None

    @property
    def likelihoods(self) -> dict[str, Float32Array]:
        """The likelihoods of the sounds that the version knows, by their names."""
        named = {sound: getattr(self, sound) for sound in SOUNDS}
        return {sound: values for sound, values in named.items() if values is not None}

    def __len__(self) -> int:
        return len(self.score)

    def __getitem__(self, index: int) -> Score:
        """The score of one stream as plain floats. Raises `IndexError` beyond the last."""
        known = {name: values for name, values in vars(self).items() if values is not None}
        return Score(**{name: float(values[index]) for name, values in known.items()})


@dataclass(frozen=True)
class Levels:
    """Levels of n streams in dB below full scale, each of shape (n,).

    `dbfs` is unweighted, `dba` A-weighted, `floor_dba` the quietest the stream has lately been.
    """

    dbfs: Float32Array
    dba: Float32Array
    floor_dba: Float32Array


def _between(values: Float32Array, lowest: float, highest: float) -> Float32Array:
    """Where `values` stand from `lowest` (0) to `highest` (1)."""
    position: Float32Array = (values - np.float32(lowest)) * np.float32(1 / (highest - lowest))
    return np.clip(position, 0, 1)


def score(likelihoods: Mapping[str, Float32Array], levels: Levels) -> Scores:
    """Score n streams from how likely each sound is, (n,) by its name, and their levels. Pure."""
    activity = _between(levels.dba, SILENT_DBA, ACTIVE_DBA)
    lift = _between(levels.dba - levels.floor_dba, 0.0, FULL_LIFT_DB)
    found = {sound: activity * likely for sound, likely in likelihoods.items()}
    applause, cheer, boo, chant = (found[name] for name in ("applause", "cheer", "boo", "chant"))
    positive = 1 - (1 - applause) * (1 - cheer) * (1 - CHANT_WEIGHT * chant)
    approval = positive * (POSITIVE_POINTS + POSITIVE_LIFT_POINTS * lift)
    displeasure = (1 - positive) * boo * (BOO_POINTS + BOO_LIFT_POINTS * lift)
    total = 30 + activity * (HEARD_POINTS + LIFT_POINTS * lift + (approval - displeasure))
    return Scores(
        score=np.clip(total, 0, 100),
        level=100 * _between(levels.dba, LOWEST_LEVEL_DBA, 0.0),
        level_dbfs=levels.dbfs,
        **found,
    )

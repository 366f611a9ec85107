"""Which track the crowd would answer best: Thompson sampling over a Bayesian linear model.

Agrawal and Goyal, "Thompson Sampling for Contextual Bandits with Linear Payoffs" (ICML 2013); the
posterior is that of Bishop, "Pattern Recognition and Machine Learning" (2006), 3.49 to 3.51. Every
track has an intercept of its own besides what its features say, so that a crowd may like one
that looks like no other it likes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from apps.live_audio_feedback.flow.rules.context import NAMES, SIZE, Context, Vector, numbers
from apps.live_audio_feedback.flow.rules.tracks import Track

Matrix = npt.NDArray[np.float64]

NOISE: Final = 0.05  # standard deviation of a response that is explained, as a share of 100 points
OWN: Final = 0.08  # of a track's own intercept
BOLDNESS: Final = 0.5  # times the deviation that is drawn from: v of Agrawal and Goyal
MIDDLE: Final = 0.5  # the response that is expected of everything at first
MOST_CARRIED: Final = 200  # responses of earlier sessions that a new one begins with, at most
# Before anything was heard. Taste has a peak (Coombs, "A Theory of Data", 1964), so squares count
# against a track; what a moment changes is less than what is liked.
_LIKED: Final = {"base", "tempo", "energy", "mood"}
_SQUARES: Final = {"tempo_squared", "energy_squared", "mood_squared"}
MEANS: Final[Vector] = np.array([-0.1 if name in _SQUARES else 0.0 for name in NAMES])
WIDTHS: Final[Vector] = np.array([
    0.15 if name in _LIKED else 0.1 if name in _SQUARES | {"energy_mood"} else 0.05
    for name in NAMES
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Response:
    """How the crowd answered one play: `numbers` are `context.numbers`' own, `reward` 0 to 1."""

    track: str
    numbers: tuple[float, ...]
    reward: float


@dataclass(frozen=True)
class Prior:
    """What other sessions have taught of the shared weights, and of how many responses.

    `precision` (SIZE, SIZE) and `shift` (SIZE,) add to those of the model's own prior.
    """

    precision: Matrix = field(default_factory=lambda: np.zeros((SIZE, SIZE)))
    shift: Vector = field(default_factory=lambda: np.zeros(SIZE))
    responses: int = 0

    def with_more(self, responses: Sequence[Response]) -> "Prior":
        """The same after these, which teach of features and not of single tracks."""
        if not responses:
            return self
        rows = np.array([each.numbers for each in responses])
        rewards = np.array([each.reward for each in responses]) - MIDDLE
        # A track's own intercept is no part of what is carried, so it counts as noise here.
        weight = 1 / (NOISE**2 + OWN**2)
        return Prior(
            self.precision + weight * rows.T @ rows,
            self.shift + weight * rows.T @ rewards,
            self.responses + len(responses),
        )

    def carried(self) -> "Prior":
        """No surer than `MOST_CARRIED` responses make it, so that tonight's crowd is heard too."""
        share = min(1.0, MOST_CARRIED / max(1, self.responses))
        return Prior(self.precision * share, self.shift * share, self.responses)

    def dump(self) -> dict[str, Any]:
        """Plain JSON that `load` reads to the same bits."""
        return {
            "names": list(NAMES),
            "precision": self.precision.tolist(),
            "shift": self.shift.tolist(),
            "responses": self.responses,
        }

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> "Prior":
        """As `dump` wrote it; an empty one where the numbers have changed their meaning since."""
        if kept.get("names") != list(NAMES):
            return cls()
        return cls(np.array(kept["precision"]), np.array(kept["shift"]), kept["responses"])


@dataclass(frozen=True, slots=True)
class Ranked:
    """`drawn` decides the order; `mean` and `deviation` are what is expected, in points of 100.

    `parts` are the points that each of `NAMES`, and the track's `own` intercept, add to the mean.
    """

    track: str
    drawn: float
    mean: float
    deviation: float
    parts: Mapping[str, float]


def rank(
    tracks: Sequence[Track],
    context: Context,
    responses: Sequence[Response],
    rng: np.random.Generator,
    prior: Prior | None = None,
) -> list[Ranked]:
    """The tracks, best draw first. The same arguments and state of `rng` give the same answer."""
    if not tracks:
        return []
    ids = sorted({each.id for each in tracks} | {each.track for each in responses})
    place = {track: SIZE + at for at, track in enumerate(ids)}
    mean, covariance = _posterior(responses, place, prior or Prior())
    rows = np.zeros((len(tracks), SIZE + len(ids)))
    for at, track in enumerate(tracks):
        rows[at, :SIZE] = numbers(track.features, context)
        rows[at, place[track.id]] = 1.0
    weights = rng.multivariate_normal(mean, BOLDNESS**2 * covariance, method="cholesky")
    drawn = rows @ weights
    deviations = np.sqrt(np.einsum("ij,jk,ik->i", rows, covariance, rows))
    found = [
        Ranked(
            track.id,
            _points(MIDDLE + drawn[at]),
            _points(MIDDLE + rows[at] @ mean),
            _points(deviations[at]),
            _parts(rows[at], mean, place[track.id]),
        )
        for at, track in enumerate(tracks)
    ]
    return sorted(found, key=lambda each: (-each.drawn, each.track))


def _posterior(
    responses: Sequence[Response], place: Mapping[str, int], prior: Prior
) -> tuple[Vector, Matrix]:
    """Mean and covariance of the weights: `SIZE` shared ones, then one for each track."""
    size = SIZE + len(place)
    precision = np.diag(np.r_[WIDTHS**-2, np.full(len(place), OWN**-2)])
    precision[:SIZE, :SIZE] += prior.precision
    shift = np.zeros(size)
    shift[:SIZE] = MEANS / WIDTHS**2
    shift[:SIZE] += prior.shift
    if responses:
        rows = np.zeros((len(responses), size))
        for at, each in enumerate(responses):
            rows[at, :SIZE] = each.numbers
            rows[at, place[each.track]] = 1.0
        rewards = np.array([each.reward for each in responses]) - MIDDLE
        precision += rows.T @ rows / NOISE**2
        shift += rows.T @ rewards / NOISE**2
    covariance = np.linalg.inv(precision)
    covariance = (covariance + covariance.T) / 2
    return covariance @ shift, covariance


def _parts(row: Vector, mean: Vector, own: int) -> dict[str, float]:
    shares = row[:SIZE] * mean[:SIZE]
    named = {name: _points(share) for name, share in zip(NAMES, shares, strict=True)}
    return named | {"own": _points(mean[own])}


def _points(share: float) -> float:
    return round(float(share) * 100, 2)

"""A simulated crowd with a hidden taste, and how much a way of choosing tracks loses with it.

The taste is of another form than the selector's model (peaks, not weights; see `context.numbers`),
and no number of it is known to any selector.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from apps.live_audio_feedback.flow.rules.bandit import Response, rank
from apps.live_audio_feedback.flow.rules.context import Context, numbers
from apps.live_audio_feedback.flow.rules.tracks import MODES, TONICS, Features, Track, fifths_apart

PLAYS: Final = 40
POOL: Final = 24
_FLOOR, _RANGE = 20.0, 65.0  # points: what a crowd gives to nothing it likes, and adds at most
_QUIRK: Final = 5.0  # points, standard deviation: why one track is loved and its twin is not
_CARRIED: Final = 0.3  # of the response before that is in the next one
_HEARD: Final = 4.0  # points, standard deviation: what a score of a whole track is wrong by

Chooser = Callable[[Sequence[Track], Context, Sequence[Response], np.random.Generator], Track]


@dataclass(frozen=True)
class Crowd:
    """`liked` is the music that it loves most; a low crowd wants `lift` more energy than that.

    `quirks` are points by track, and `key_matters` the points that a far key costs.
    """

    liked: Features
    lift: float
    quirks: dict[str, float]
    key_matters: float

    def response(self, track: Track, before: Context) -> float:
        """The expected score, 0 to 100, while the track plays after such a moment."""
        heard, liked = track.features, self.liked
        wanted = liked.energy + self.lift * (50 - before.score) / 50
        off = (
            ((heard.bpm - liked.bpm) / 45) ** 2
            + ((heard.energy - wanted) / 0.45) ** 2
            + ((heard.valence - liked.valence) / 0.7) ** 2
        )
        target = _FLOOR + _RANGE * float(np.exp(-off / 2)) + self.quirks[track.id]
        if before.playing is not None:
            target -= self.key_matters * (fifths_apart(heard, before.playing) or 0) / 6
        return float(np.clip(_CARRIED * before.score + (1 - _CARRIED) * target, 0, 100))


def pool(rng: np.random.Generator, size: int = POOL) -> list[Track]:
    """Tracks of all kinds, named `track-00` and so on."""
    return [
        Track(
            f"track-{number:02}",
            Features(
                bpm=float(rng.uniform(80, 160)),
                energy=float(rng.uniform(0, 1)),
                valence=float(rng.uniform(0, 1)),
                tonic=str(rng.choice(TONICS)),
                mode=str(rng.choice(MODES)),
            ),
        )
        for number in range(size)
    ]


def crowd(rng: np.random.Generator, tracks: Sequence[Track]) -> Crowd:
    """One with a taste of its own, for these tracks."""
    liked = Features(
        bpm=float(rng.uniform(90, 150)),
        energy=float(rng.uniform(0.2, 0.9)),
        valence=float(rng.uniform(0.1, 0.9)),
    )
    quirks = {each.id: float(rng.normal(0, _QUIRK)) for each in tracks}
    return Crowd(liked, float(rng.uniform(0, 0.3)), quirks, float(rng.uniform(0, 6)))


def play(
    tracks: Sequence[Track],
    heard_by: Crowd,
    choose: Chooser,
    rng: np.random.Generator,
    plays: int = PLAYS,
) -> float:
    """The sum of expected responses over a set; choosers see noisy ones, as a microphone does."""
    context, total = Context(), 0.0
    responses: list[Response] = []
    for _ in range(plays):
        track = choose(tracks, context, responses, rng)
        expected = heard_by.response(track, context)
        score = float(np.clip(expected + rng.normal(0, _HEARD), 0, 100))
        row = tuple(map(float, numbers(track.features, context)))
        responses.append(Response(track.id, row, score / 100))
        context = Context(score, score - context.score, track.features)
        total += expected
    return total


def by_bandit(
    tracks: Sequence[Track],
    context: Context,
    responses: Sequence[Response],
    rng: np.random.Generator,
) -> Track:
    best = rank(tracks, context, responses, rng)[0].track
    return next(each for each in tracks if each.id == best)


def at_random(
    tracks: Sequence[Track],
    context: Context,
    responses: Sequence[Response],
    rng: np.random.Generator,
) -> Track:
    return tracks[int(rng.integers(len(tracks)))]


def fixed(track: Track) -> Chooser:
    """Always the same one."""
    return lambda tracks, context, responses, rng: track


def regret(seed: int, choose: Chooser, *, plays: int = PLAYS, size: int = POOL) -> float:
    """Points per track that a way of choosing gives away against the best fixed track of the pool.

    The best fixed track is found by playing each for the whole set to the same crowd; a
    chooser that follows the crowd's state may beat it, which makes the regret negative.
    """
    rng = np.random.default_rng(seed)
    tracks = pool(rng, size)
    hidden = crowd(rng, tracks)
    chances = rng.integers(2**63)
    best = max(
        play(tracks, hidden, fixed(each), np.random.default_rng(chances), plays) for each in tracks
    )
    return (best - play(tracks, hidden, choose, np.random.default_rng(chances), plays)) / plays


def interval(values: Sequence[float], seed: int = 0, draws: int = 2_000) -> tuple[float, float]:
    """The 95 % interval of the mean, by bootstrap (Efron, 1979)."""
    rng = np.random.default_rng(seed)
    rows = np.array(values)
    means = rows[rng.integers(len(rows), size=(draws, len(rows)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)

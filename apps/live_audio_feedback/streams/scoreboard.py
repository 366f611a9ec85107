"""From the bank's readings to what is shown: each stream's score, its zone's and its session's."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from apps.live_audio_feedback.rules import scores as rules
from apps.live_audio_feedback.rules.scores import Floats, Indices
from apps.live_audio_feedback.streams.sessions import ActiveSession, Stream
from audio.crowd import Scores

Key = TypeVar("Key", bound=Hashable)
Parts = dict[str, float]


@dataclass(frozen=True)
class SessionScore:
    """A session's score, its zones' scores, and its parts as the mean of all its streams."""

    score: float
    zones: dict[str, float]
    parts: Parts


def streams_scores(read: Scores) -> list[tuple[float, Parts]]:
    """The (score, parts) of each stream, in the reading's order."""
    columns = [read.level, *read.likelihoods.values()]
    parts = _parts(("level", *read.likelihoods), columns)
    return list(zip(_plain(read.score, 2), parts, strict=True))


def scoreboard(streams: Sequence[Stream], read: Scores) -> dict[ActiveSession, SessionScore]:
    """Levels weigh streams within their zone; zones count alike within their session."""
    zone_names, zones = _groups([(stream.session, stream.zone) for stream in streams])
    sessions, zone_sessions = _groups([session for session, _ in zone_names])
    stream_sessions = zone_sessions[zones]
    weight = rules.weights(read.level)
    by_zone = rules.weighted_means(read.score, weight, zones, len(zone_names))
    by_session = rules.means(by_zone, zone_sessions, len(sessions))
    columns = [read.level, *read.likelihoods.values()]
    parts = [rules.weighted_means(c, weight, stream_sessions, len(sessions)) for c in columns]
    names = ("level", *read.likelihoods)
    named: dict[ActiveSession, dict[str, float]] = {session: {} for session in sessions}
    for (session, zone), score in zip(zone_names, _plain(by_zone, 2), strict=True):
        named[session][zone] = score
    return {
        session: SessionScore(score, named[session], session_parts)
        for session, score, session_parts in zip(
            sessions, _plain(by_session, 2), _parts(names, parts), strict=True
        )
    }


def _groups(keys: list[Key]) -> tuple[list[Key], Indices]:
    """The distinct keys in order of appearance, and for each key its place among them."""
    places: dict[Key, int] = {}
    indices = [places.setdefault(key, len(places)) for key in keys]
    return list(places), np.array(indices, dtype=np.intp)


def _parts(names: Sequence[str], columns: Sequence[Floats]) -> list[Parts]:
    digits = [2 if name == "level" else 3 for name in names]
    rows = zip(*map(_plain, columns, digits), strict=True)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _plain(values: Floats, digits: int) -> list[float]:
    rounded: list[float] = np.round(values.astype(np.float64), digits).tolist()
    return rounded

"""Mood recovery: when the crowd has been down for so long that something should be done."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class MoodRules:
    """A low begins below `below` (points) and ends at `below + hysteresis`; after `for_s` seconds
    of it recovery is due, and not again within `cooldown_s`."""

    below: float = 40.0
    hysteresis: float = 5.0
    for_s: float = 20.0
    cooldown_s: float = 180.0


@dataclass(frozen=True, slots=True)
class Mood:
    """When the low began and when recovery was last due, in UNIX seconds."""

    low_since: float | None = None
    due_at: float | None = None


def follow(mood: Mood, score: float | None, at: float, rules: MoodRules) -> tuple[Mood, bool]:
    """The mood after a score, and whether recovery is due now.

    None is a session that nobody hears: a microphone that is off says nothing of the crowd. A low
    that goes on is due again when it has lasted `for_s` and the cooldown is over.
    """
    if score is None or score >= rules.below + rules.hysteresis:
        return replace(mood, low_since=None), False
    if mood.low_since is None:
        if score >= rules.below:
            return mood, False
        mood = replace(mood, low_since=at)
    since = at if mood.low_since is None else mood.low_since
    rested = mood.due_at is None or at - mood.due_at >= rules.cooldown_s
    if at - since >= rules.for_s and rested:
        return Mood(low_since=at, due_at=at), True
    return mood, False

"""Why a track was chosen, in words that an artist reads at a glance and codes for a console."""

from typing import Any, Final

from apps.live_audio_feedback.flow.rules.bandit import Ranked
from apps.live_audio_feedback.flow.rules.context import Context
from apps.live_audio_feedback.flow.rules.state import Kind

Reason = dict[str, Any]

MOST_PARTS: Final = 3
_LEAST: Final = 1.0  # points: less is not worth a word
_SUBJECTS: Final = {
    "tempo": ("tempo", "tempo_squared"),
    "energy": ("energy", "energy_squared"),
    "mood": ("mood", "mood_squared", "energy_mood"),
    "moment": ("score_energy", "score_tempo", "score_mood", "trend_energy"),
    "transition": ("tempo_jump", "energy_jump", "key_jump"),
    "own": ("own",),
}
_WORDS: Final = {
    "tempo": "its tempo",
    "energy": "its energy",
    "mood": "its mood",
    "moment": "how the crowd is now",
    "transition": "the step from what plays",
    "own": "how it was answered before",
}


def reason(code: str, detail: str, points: float | None = None) -> Reason:
    """`points` of 100 that it counts for, where it counts for some."""
    return {"code": code, "detail": detail, "points": points}


def of_ranking(ranked: list[Ranked], kind: Kind, context: Context) -> tuple[Reason, ...]:
    """Of the first of a ranking: what is expected, what counts most, and whether it is a try."""
    first = ranked[0]
    said = [_of_kind(kind, context)]
    expected = f"A score of {first.mean:.0f} ± {first.deviation:.0f} is expected of it."
    said.append(reason("expected", expected, first.mean))
    said += [
        reason(code, f"{points:+.0f} points for {_WORDS[code]}.", points)
        for code, points in _largest(first)
    ]
    if any(each.mean > first.mean for each in ranked):
        said.append(reason("exploring", "Little is known of it yet: it is tried to learn."))
    return tuple(said)


def _of_kind(kind: Kind, context: Context) -> Reason:
    if kind is Kind.RECOVERY:
        return reason("recovery", f"The crowd has been low: the score is {context.score:.0f}.")
    return reason("next", f"The score is {context.score:.0f}, {context.trend:+.0f} a minute.")


def _largest(ranked: Ranked) -> list[tuple[str, float]]:
    sums = {
        subject: round(sum(ranked.parts[name] for name in names), 2)
        for subject, names in _SUBJECTS.items()
    }
    counting = [(code, points) for code, points in sums.items() if abs(points) >= _LEAST]
    return sorted(counting, key=lambda each: (-abs(each[1]), each[0]))[:MOST_PARTS]

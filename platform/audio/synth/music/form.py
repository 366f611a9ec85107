"""The form of a song: which sections follow each other, and what each of them sounds like."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mood:
    """What a section plays and how loud: `level_db` below full, `arousal` as designed (0-1)."""

    level_db: float
    arousal: float
    kick: bool = True
    snare: bool = True
    hats: bool = True
    bass: bool = True
    lead: bool = False
    brightness: float = 0.5


MOODS = {
    "intro": Mood(-14, 0.3, kick=False, snare=False, bass=False, brightness=0.3),
    "verse": Mood(-7, 0.55),
    "chorus": Mood(0, 0.95, lead=True, brightness=1.0),
    "break": Mood(-20, 0.1, kick=False, snare=False, hats=False, brightness=0.15),
}
FORM = (("intro", 1), ("verse", 2), ("chorus", 2), ("break", 1), ("verse", 2), ("chorus", 2))


@dataclass(frozen=True, slots=True)
class Passage:
    """A section in bars: from `first_bar` (0-based), `bars` long."""

    label: str
    first_bar: int
    bars: int

    @property
    def mood(self) -> Mood:
        return MOODS[self.label]


def passages(bars: int) -> list[Passage]:
    """Fill `bars` with the form, over and over: two bars a unit, four when it then fits whole."""
    unit = 4 if bars >= 4 * sum(units for _, units in FORM) else 2
    plan: list[Passage] = []
    bar = 0
    while bar < bars:
        label, units = FORM[len(plan) % len(FORM)]
        length = min(units * unit, bars - bar)
        plan.append(Passage(label, bar, length))
        bar += length
    return plan

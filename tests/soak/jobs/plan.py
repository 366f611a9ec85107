"""What is asked for in the soak of jobs: made from a seed, so that it is the same each time."""

import random
import wave
from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final

EFFECT, TRACK = "live_room.render", "avsync.analyse"
ALIKE: Final = "soak.alike"  # of which so many come one after the other, and may be done as one
BURST, BURST_EVERY = 5, 40
# A kind, its share of all jobs in percent, and the seconds that one takes.
KINDS: Final[dict[str, tuple[int, tuple[float, float]]]] = {
    "soak.quick": (27, (0.01, 0.01)),
    "soak.slow": (22, (0.1, 1.2)),
    "soak.deaf": (11, (0.1, 1.2)),
    "soak.writes": (12, (0.0, 0.4)),
    "soak.dies": (2, (0.01, 0.01)),
    "soak.refuses": (4, (0.01, 0.01)),
    "soak.breaks": (4, (0.01, 0.01)),
    EFFECT: (13, (0, 0)),
    TRACK: (5, (0, 0)),
}
# An organisation, its tier, and its share of all jobs in percent.
TEAMS: Final[dict[str, tuple[str, int]]] = {
    "Kerb": ("beta", 6),
    "North": ("pro", 27),
    "South": ("pro", 27),
    "Derby": ("enterprise", 20),
    "Big": ("enterprise", 20),
}


@dataclass
class Asked:
    """One job as its caller knows it: what was wanted, and what was answered."""

    number: int
    team: str
    kind: str
    seconds: float
    priority: str
    deadline_s: int | None
    cancel_after_s: float | None
    once_it_runs: bool  # then so long after that, and else after the acknowledgement
    job: str = ""
    degraded: bool = False  # admitted while Redis was away
    tries: int = 0
    cancelled: str = ""  # the state that a cancel was answered with, or that it came too late


def plan(jobs: int, seed: int) -> list[Asked]:
    """So many jobs, the same each time."""
    dice = random.Random(seed)
    kinds, teams = list(KINDS), list(TEAMS)
    asked = [
        Asked(
            number=number,
            team=dice.choices(teams, [TEAMS[team][1] for team in teams])[0],
            kind=(kind := dice.choices(kinds, [KINDS[kind][0] for kind in kinds])[0]),
            seconds=dice.uniform(*KINDS[kind][1]),
            priority=dice.choice(["low", "normal", "normal", "high"]),
            deadline_s=dice.randint(1, 5) if dice.random() < 0.1 else None,
            cancel_after_s=dice.uniform(0, 0.7) if dice.random() < 0.16 else None,
            once_it_runs=dice.random() < 0.6,
        )
        for number in range(jobs)
    ]
    for each in asked:
        if each.number % BURST_EVERY < BURST:
            each.team, each.kind, each.seconds = "Big", ALIKE, dice.uniform(0.01, 0.05)
    return asked


@dataclass
class Books:
    """All that the callers know."""

    asked: list[Asked]
    keys: dict[str, str] = field(default_factory=dict)
    organisations: dict[str, str] = field(default_factory=dict)
    clips: dict[str, str] = field(default_factory=dict)
    retries: Counter[str] = field(default_factory=Counter)

    @property
    def by_job(self) -> dict[str, Asked]:
        return {each.job: each for each in self.asked}


def sound(number: int) -> bytes:
    """Half a second of noise as a WAV file, another for each number."""
    written = BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(random.Random(number).randbytes(8_000))
    return written.getvalue()

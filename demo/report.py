"""What the event had to show, line by line, and whether it did."""

import textwrap
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from demo.voice import BOLD, Voice
from tifo_client import TifoError

GREEN, RED = "\033[32m", "\033[31m"


@dataclass(frozen=True)
class Check:
    """One thing that must be so, with the figures that show it."""

    name: str
    ok: bool
    says: str


async def attempt(name: str, act: Awaitable[Sequence[Check]]) -> Sequence[Check]:
    """The act's checks; an act that the platform refuses is a failed check, not a crash."""
    try:
        return await act
    except (TifoError, OSError) as error:
        return [Check(name, False, f"{type(error).__name__}: {error}")]


def write_table(voice: Voice, checks: Sequence[Check]) -> None:
    width = max(len(check.name) for check in checks)
    margin = " " * (width + 6)
    voice.write()
    for check in checks:
        mark = voice.paint("✓", GREEN) if check.ok else voice.paint("✗", RED)
        name = voice.paint(f"{check.name:<{width}}", BOLD)
        says = textwrap.wrap(check.says, max(voice.width() - len(margin), 30))
        voice.write(f"  {mark} {name}  " + f"\n{margin}".join(says))
    voice.write()

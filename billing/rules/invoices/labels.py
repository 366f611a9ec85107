"""What a payer reads of a statement's line.

The statement's own words are hashed and recomputed, so they stay as they were written; where they
are names of ours, a paper and an invoice say it in the payer's.
"""

from collections.abc import Mapping
from typing import Any, Final

from billing.rules.lines import Kind
from billing.rules.rating import BANDED_BY_TIER

_CREDITS: Final[Mapping[str, str]] = {"prepaid": "Prepaid credit", "goodwill": "Goodwill credit"}


def line_label(line: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """The line of this statement in words."""
    if line["kind"] == Kind.CREDIT:
        kinds = {each["id"]: each["kind"] for each in content.get("credits", ())}
        return _CREDITS.get(kinds.get(line["key"].removeprefix("credit:"), ""), "Credit")
    said: str = line["description"]
    return meter_label(said) if said == line["meter"] else said


def meter_label(meter: str) -> str:
    """A meter's name as a sentence begins: Job seconds gpu."""
    if meter == BANDED_BY_TIER:
        return "Monthly active users"
    return meter.replace("_", " ").capitalize()

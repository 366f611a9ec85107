"""From a statement's lines to the lines of an invoice, and whether two sets of lines are equal."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from billing.rules.rounding import half_up

MOST_LINES: Final = 250  # that an invoice can have at Stripe
REST: Final = "rest"


@dataclass(frozen=True, slots=True)
class Line:
    """A line as a payer sees it: `amount_minor` is signed. `group` joins lines when many."""

    key: str
    description: str
    amount_minor: int
    group: str = ""


def asked(lines: Sequence[Line], most: int = MOST_LINES) -> tuple[Line, ...]:
    """At most `most` lines with the same sum: as they are, or one for each group of them.

    Were there too many groups still, the last ones become one line.
    """
    if len(lines) <= most:
        return tuple(lines)
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.group or line.key, []).append(line)
    joined = [_joined(f"group:{name}", each) for name, each in groups.items()]
    if len(joined) <= most:
        return tuple(joined)
    return (*joined[: most - 1], _joined(REST, joined[most - 1 :], "All other lines"))


def differences(
    wanted: Sequence[Line], found: Iterable[Line], *, total_minor: int
) -> tuple[str, ...]:
    """In words, every way in which `found` is not `wanted`, to the last minor unit; else empty."""
    found = list(found)
    said = []
    counts = Counter(line.key for line in found)
    there = {line.key: line.amount_minor for line in found}
    for line in wanted:
        if counts[line.key] > 1:
            said.append(f"{line.key}: there {counts[line.key]} times")
        elif line.key not in there:
            said.append(f"{line.key}: missing, {line.amount_minor} was sent")
        elif there[line.key] != line.amount_minor:
            said.append(f"{line.key}: {there[line.key]} and not {line.amount_minor}")
    ours = {line.key for line in wanted}
    said += [
        f"{line.key or 'a line without a key'}: {line.amount_minor}, which nobody sent"
        for line in found
        if line.key not in ours
    ]
    for name, lines in (("sent", wanted), ("found", found)):
        total = sum(line.amount_minor for line in lines)
        if total != total_minor:
            said.append(f"the lines {name} come to {total}, the statement to {total_minor}")
    return tuple(said)


def with_tax(
    amount_minor: int, *, before_minor: int, total_minor: int, tax_minor: int, step: int
) -> int:
    """`amount_minor` off an invoice and its part of the tax, after `before_minor` were taken off.

    Reckoned on the running sum, to the nearest multiple of the currency's `step`, halves up, so
    that to take off all takes off all the tax.
    """

    def tax(of_minor: int) -> int:
        if of_minor == total_minor:
            return tax_minor
        steps = half_up(Fraction(tax_minor * of_minor, total_minor * step))
        return min(steps, tax_minor // step) * step

    return amount_minor + tax(before_minor + amount_minor) - tax(before_minor)


def _joined(key: str, lines: Sequence[Line], said: str = "") -> Line:
    total = sum(line.amount_minor for line in lines)
    if len(lines) == 1 and not said:
        return Line(lines[0].key, lines[0].description, total)
    return Line(key, said or f"{lines[0].description} and {len(lines) - 1} more lines", total)

"""A month's lines and total from everything that decides them, in one order.

Usage (with the floor of its mode) → service credits → contract discounts → prepaid credits →
minimum commitment → corrections of earlier months. Tax is added by whoever collects. A line is
rounded once, later lines are reckoned from earlier ones as they were rounded, and the total is
their sum.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

from billing.rules.currencies import Currency, currency
from billing.rules.lines import Kind, Line, line
from billing.rules.rating import BadMonth, Segment, check, merged, usage_lines
from billing.rules.rounding import exact


@dataclass(frozen=True, slots=True)
class ServiceCredit:
    """Percent of the month's usage that is given back, for `reason`; `source` names its row."""

    percent: Decimal
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class AvailableCredit:
    """What is left of a prepaid or granted credit when the month is composed, in minor units."""

    id: str
    kind: str
    available_minor: int
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """What late events of the month `of_month` came to after its statement; signed.

    Only what is to be paid and is not waived makes a charge here, which is in the month's own
    currency; what is to be given back is a credit note of its own. `currency` is that of the
    amount; the oldest statements do not tell it of their corrections.
    """

    id: str
    of_month: str
    statement: str
    amount_minor: int
    waived: bool
    hash: str
    currency: str | None = None

    @property
    def charged(self) -> bool:
        return self.amount_minor > 0 and not self.waived


@dataclass(frozen=True, slots=True)
class MonthInputs:
    """All that decides a month's bill.

    `minimum_band_unit` is the first active user of `tier_floor`, a tier that the organisation
    chose itself (see `floors.with_floor`); `minimum_commitment_minor` is what its contracts commit
    it to for this month.
    """

    segments: Sequence[Segment]
    tier_floor: str | None = None
    minimum_band_unit: int | None = None
    adjustments: Sequence[ServiceCredit] = ()
    minimum_commitment_minor: int = 0
    credits: Sequence[AvailableCredit] = ()
    corrections: Sequence[Correction] = ()

    @property
    def currency(self) -> Currency:
        check(self.segments)
        return currency(self.segments[0].terms.currency)


@dataclass(frozen=True, slots=True)
class Composed:
    """The lines in their order, and their sum: never negative."""

    lines: tuple[Line, ...]
    total_minor: int

    def of(self, kind: Kind) -> tuple[Line, ...]:
        return tuple(each for each in self.lines if each.kind is kind)


def compose(inputs: MonthInputs) -> Composed:
    """The month's bill; BadMonth for inputs that contradict each other."""
    _check(inputs)
    unit = inputs.currency
    segments = merged(inputs.segments)
    lines = usage_lines(segments, inputs.minimum_band_unit)
    lines += _service_credits(inputs.adjustments, _sum(lines), unit)
    lines += _discounts(segments, lines, unit)
    charges = _sum(lines)
    lines += _credits(inputs.credits, charges, unit)
    lines += _commitment(inputs.minimum_commitment_minor, charges, unit)
    lines += _corrections(inputs.corrections, unit)
    return Composed(tuple(lines), _sum(lines))


def _check(inputs: MonthInputs) -> None:
    if inputs.minimum_commitment_minor < 0:
        raise BadMonth("A minimum commitment is not negative.")
    for adjustment in inputs.adjustments:
        if not 0 <= adjustment.percent <= 100:
            raise BadMonth(f"A service credit is from 0 to 100 percent, not {adjustment.percent}.")
    for credit in inputs.credits:
        if credit.available_minor < 0:
            raise BadMonth(f"The credit {credit.id} has less than nothing left.")
    code = inputs.currency.code
    for correction in inputs.corrections:
        if correction.charged and correction.currency not in (code, None):
            said = (
                f"The correction {correction.id} is in {correction.currency}, the month in {code}."
            )
            raise BadMonth(said)


def _sum(lines: Iterable[Line]) -> int:
    return sum(each.amount_minor for each in lines)


def _reduction(
    key: str,
    kind: Kind,
    said: str,
    amount: Fraction,
    left: int,
    unit: Currency,
    segment: int | None,
) -> Line:
    """A line that takes away `amount`, or what is left in minor units where that is less."""
    most = exact(left, unit)
    return line(key, kind, said, -min(amount, most), unit, segment=segment)


def _service_credits(
    adjustments: Sequence[ServiceCredit], usage: int, unit: Currency
) -> list[Line]:
    """Each is a percentage of the whole usage; together they give back no more than all of it."""
    lines: list[Line] = []
    for index, each in enumerate(adjustments):
        amount = Fraction(each.percent) / 100 * exact(usage, unit)
        key, left = f"service_credit:{index}", usage + _sum(lines)
        lines.append(_reduction(key, Kind.SERVICE_CREDIT, each.reason, amount, left, unit, None))
    return lines


def _discounts(segments: Sequence[Segment], lines: Sequence[Line], unit: Currency) -> list[Line]:
    """A contract's percentage of its own segment's usage, less that usage's part of the credits."""
    usage, left = _sum(each for each in lines if each.kind is Kind.USAGE), _sum(lines)
    made: list[Line] = []
    for index, segment in enumerate(segments):
        if not segment.discount_percent or not usage:
            continue
        own = _sum(each for each in lines if each.segment == index)
        amount = Fraction(segment.discount_percent) / 100 * Fraction(own * left, usage)
        said = f"Discount of {segment.discount_percent.normalize():f} %"
        made.append(
            _reduction(
                f"discount:{index}",
                Kind.DISCOUNT,
                said,
                amount / 10**unit.digits,
                left + _sum(made),
                unit,
                index,
            )
        )
    return made


def _credits(available: Sequence[AvailableCredit], charges: int, unit: Currency) -> list[Line]:
    """Credits pay what was used, the one that expires first at first; nothing else."""
    lines: list[Line] = []
    for each in sorted(available, key=_expiry):
        spent = min(each.available_minor, charges + _sum(lines))
        if spent:
            said = f"Credit {each.id}"
            lines.append(line(f"credit:{each.id}", Kind.CREDIT, said, -exact(spent, unit), unit))
    return lines


def _expiry(credit: AvailableCredit) -> tuple[datetime, str]:
    return credit.expires_at or datetime.max.replace(tzinfo=UTC), credit.id


def _commitment(minimum: int, charges: int, unit: Currency) -> list[Line]:
    """What the charges, before credits paid of them, are short of the commitment."""
    short = minimum - charges
    if short <= 0:
        return []
    said = "Minimum commitment, what was not used of it"
    return [line("commitment", Kind.COMMITMENT, said, exact(short, unit), unit)]


def _corrections(corrections: Sequence[Correction], unit: Currency) -> list[Line]:
    return [_correction(each, unit) for each in corrections if each.amount_minor > 0]


def _correction(correction: Correction, unit: Currency) -> Line:
    waived = ", waived" if correction.waived else ""
    said = f"Late usage of {correction.of_month}{waived}"
    amount = correction.amount_minor if correction.charged else 0
    key = f"correction:{correction.id}"
    return line(key, Kind.CORRECTION, said, exact(amount, unit), unit)

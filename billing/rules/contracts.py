"""What a contract may say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from billing.rules.currencies import Currency


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """A contract as plain values; `ends_at` None means without end."""

    starts_at: datetime
    ends_at: datetime | None
    discount_percent: Decimal
    minimum_commitment_minor: int


def contract_problems(
    terms: ContractTerms, unit: Currency, *, usual_currency: bool
) -> dict[str, str]:
    """What is wrong, by the field that it is wrong with. `usual_currency`: that of other months."""
    said = _period_problems(terms)
    if not terms.discount_percent.is_finite() or not 0 <= terms.discount_percent <= 100:
        said["discount_percent"] = "A discount is from 0 to 100 percent."
    if terms.minimum_commitment_minor < 0 or terms.minimum_commitment_minor % unit.step:
        said["minimum_commitment_minor"] = (
            f"A commitment is 0 or more, in steps of {unit.step} of the minor unit of "
            f"{unit.code.upper()}."
        )
    if not said and not usual_currency:
        said = _currency_problems(terms)
    return said


def _period_problems(terms: ContractTerms) -> dict[str, str]:
    said = {}
    moments = {"starts_at": terms.starts_at, "ends_at": terms.ends_at}
    for field, moment in moments.items():
        if moment is not None and not at_midnight(moment):
            said[field] = "A contract begins and ends at 00:00 UTC."
    if terms.ends_at is not None and terms.ends_at <= terms.starts_at:
        said["ends_at"] = (
            f"The contract ends on {_day(terms.ends_at)}, before it begins on "
            f"{_day(terms.starts_at)}: it must end at least a day after."
        )
    return said


def _currency_problems(terms: ContractTerms) -> dict[str, str]:
    """One month has one bill, in one currency."""
    moments: Mapping[str, datetime | None] = {
        "starts_at": terms.starts_at,
        "ends_at": terms.ends_at,
    }
    return {
        field: "A contract in another currency begins and ends with a month."
        for field, moment in moments.items()
        if moment is not None and moment.astimezone(UTC).day != 1
    }


def at_midnight(moment: datetime) -> bool:
    utc = moment.astimezone(UTC)
    midnight = utc.replace(hour=0, minute=0, second=0, microsecond=0)
    return utc - midnight == timedelta(0)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}"

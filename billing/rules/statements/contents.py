"""The documents: a statement of a month, and a correction of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from billing.rules.contents import composed_content, inputs_content, moment_text
from billing.rules.floors import Bounds
from billing.rules.months import Composed, Correction, MonthInputs
from billing.rules.rounding import plain
from billing.rules.statements.canonical import NO_HASH, canonical, digest

STATEMENT: Final = "tifo.statement/1"
CORRECTION: Final = "tifo.correction/1"
EXPORT: Final = "tifo.export/1"
PROOF: Final = "tifo.proof/1"
TREE: Final = "rfc9162-sha256"
ZERO: Final = Decimal(0)


class Waiver(StrEnum):
    """Why nobody is asked for what a month came to more."""

    TOO_LATE = "too_late"
    OTHER_CURRENCY = "other_currency"


@dataclass(frozen=True)
class Correcting:
    """What a month comes to with what arrived late.

    `ordinal` is 1 for the statement's first correction. Amounts are in minor units: `before_minor`
    was billed by the statement and its earlier corrections, `after_minor` is right now. `late` is
    what of it is in the inputs, `left_out` what is waived and is not for a service credit's sake.
    """

    statement_id: str
    statement_number: str
    statement_hash: str
    livemode: bool
    month: date
    ordinal: int
    inputs: MonthInputs
    late: Mapping[str, Decimal]
    before_minor: int
    after_minor: int
    waiver: Waiver | None
    left_out: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def waived(self) -> bool:
        return self.waiver is not None

    @property
    def currency(self) -> str:
        return self.inputs.currency.code

    @property
    def number(self) -> str:
        return f"{self.statement_number}-c{self.ordinal}"

    @property
    def amount_minor(self) -> int:
        return self.after_minor - self.before_minor


@dataclass(frozen=True)
class MadeCorrection:
    """A correction as it is kept: its id, its document, and the document's hash."""

    id: str
    correcting: Correcting
    content: str
    content_hash: str

    @property
    def as_input(self) -> Correction:
        """As the statement that it is settled in names it."""
        said = self.correcting
        return Correction(
            id=self.id,
            of_month=month_name(said.month),
            statement=said.statement_id,
            amount_minor=said.amount_minor,
            waived=said.waived,
            hash=self.content_hash,
            currency=said.currency,
        )


@dataclass(frozen=True)
class MonthFacts:
    """All that is known of an organisation's month before its statement has a name and a date.

    `used` and `late` are quantities by meter; only what came in time is billed. `units` says what
    each meter counts. `chosen` are the tiers of which the inputs have the dearest as their floor.
    `previous_hash` is that of the statement before; `corrections` of earlier months are settled in
    this one; `problem` is why they cannot be, and it not be closed.
    """

    organisation_id: str
    organisation_name: str
    livemode: bool
    month: date
    tier: str
    inputs: MonthInputs
    used: Mapping[str, Decimal] = field(default_factory=dict)
    late: Mapping[str, Decimal] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    chosen: tuple[Bounds, ...] = ()
    previous_hash: str = NO_HASH
    corrections: tuple[MadeCorrection, ...] = ()
    problem: str = ""

    @property
    def users(self) -> int:
        return int(self.used.get("mau", 0))


def month_name(month: date) -> str:
    return f"{month:%Y-%m}"


def period_content(month: date) -> dict[str, str]:
    end = (month + timedelta(days=32)).replace(day=1)
    return {"start": f"{month}T00:00:00Z", "end": f"{end}T00:00:00Z"}


def statement_content(
    facts: MonthFacts,
    composed: Composed,
    *,
    statement_id: str,
    number: str,
    root: str,
    closed_at: datetime,
) -> dict[str, Any]:
    """The document of a closed month; `root` is the Merkle root over its users' hashes."""
    meters = sorted({*facts.used, *facts.late})
    return {
        "schema": STATEMENT,
        "id": statement_id,
        "number": number,
        "organisation": {"id": facts.organisation_id, "name": facts.organisation_name},
        "livemode": facts.livemode,
        "month": month_name(facts.month),
        "period": period_content(facts.month),
        "closed_at": moment_text(closed_at),
        "tier": facts.tier,
        "usage": [
            {
                "meter": meter,
                "unit": facts.units.get(meter, ""),
                "quantity": plain(facts.used.get(meter, ZERO)),
                "late_excluded": plain(facts.late.get(meter, ZERO)),
            }
            for meter in meters
        ],
        "users": {"count": facts.users, "root": root, "tree": TREE},
        "previous_hash": facts.previous_hash,
        **inputs_content(facts.inputs),
        **composed_content(composed),
    }


def billed_inputs(inputs: MonthInputs) -> MonthInputs:
    """The inputs that a correction compares: what was paid ahead changes no charge."""
    return replace(inputs, credits=(), corrections=())


def made(correcting: Correcting, *, correction_id: str, made_at: datetime) -> MadeCorrection:
    """The correction with its document."""
    content = correction_content(correcting, correction_id=correction_id, made_at=made_at)
    text = canonical(content)
    return MadeCorrection(correction_id, correcting, text, digest(text))


def correction_content(
    correcting: Correcting, *, correction_id: str, made_at: datetime
) -> dict[str, Any]:
    """The document of a correction."""
    inputs = inputs_content(billed_inputs(correcting.inputs))
    return {
        "schema": CORRECTION,
        "id": correction_id,
        "number": correcting.number,
        "correction": correcting.ordinal,
        "statement": correcting.statement_id,
        "statement_hash": correcting.statement_hash,
        "livemode": correcting.livemode,
        "month": month_name(correcting.month),
        "made_at": moment_text(made_at),
        "late": _quantities(correcting.late),
        "left_out": _quantities(correcting.left_out),
        "inputs": inputs,
        "currency": correcting.currency,
        "before_minor": correcting.before_minor,
        "after_minor": correcting.after_minor,
        "amount_minor": correcting.amount_minor,
        "waived": correcting.waived,
        "waived_because": correcting.waiver,
    }


def _quantities(by_meter: Mapping[str, Decimal]) -> dict[str, str]:
    return {meter: plain(each) for meter, each in sorted(by_meter.items())}

"""Months to and from what a statement stores: dictionaries of text, whole numbers and lists.

Numbers that need not be whole are text, so that no reader makes binary fractions of them. What is
read may be anybody's file: whatever is not of this form is refused with its place (BadContent).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from billing.rules.currencies import currency
from billing.rules.lines import Line
from billing.rules.months import AvailableCredit, Composed, Correction, MonthInputs, ServiceCredit
from billing.rules.rating import merged
from billing.rules.reading import BadContent, Reader, rows
from billing.rules.rounding import plain, unrounded
from billing.rules.segment_contents import segment, segment_content


def inputs_content(inputs: MonthInputs) -> dict[str, Any]:
    """The part of a statement's content that says what was put in."""
    unit = inputs.currency
    return {
        "currency": unit.code,
        "minor_digits": unit.digits,
        "minor_step": unit.step,
        "segments": [segment_content(each) for each in merged(inputs.segments)],
        "tier_floor": inputs.tier_floor,
        "minimum_band_unit": inputs.minimum_band_unit,
        "adjustments": [
            {
                "kind": "service_credit",
                "percent": plain(each.percent),
                "reason": each.reason,
                "source": each.source,
            }
            for each in inputs.adjustments
        ],
        "minimum_commitment_minor": inputs.minimum_commitment_minor,
        "credits": [_credit_content(each) for each in inputs.credits],
        "corrections": [_correction_content(each) for each in inputs.corrections],
    }


def composed_content(composed: Composed) -> dict[str, Any]:
    """The part of a statement's content that says what came out."""
    return {
        "lines": [line_content(each) for each in composed.lines],
        "total_minor": composed.total_minor,
    }


def from_content(content: Mapping[str, Any]) -> MonthInputs:
    """The inputs that `inputs_content` wrote; further keys are not looked at."""
    read = Reader(content, "content")
    code = _currency_code(read)
    return MonthInputs(
        segments=rows(read, "segments", lambda each: segment(each, code)),
        tier_floor=read.text_or_none("tier_floor"),
        minimum_band_unit=read.whole_or_none("minimum_band_unit"),
        adjustments=rows(read, "adjustments", _adjustment),
        minimum_commitment_minor=read.whole("minimum_commitment_minor"),
        credits=rows(read, "credits", _credit),
        corrections=rows(read, "corrections", _correction),
    )


def _currency_code(read: Reader) -> str:
    code = read.text("currency")
    unit = currency(code)
    if (unit.digits, unit.step) != (read.whole("minor_digits"), read.whole("minor_step")):
        raise BadContent(f"{read.at}/minor_digits or minor_step is not that of {code}.")
    return code


def _adjustment(read: Reader) -> ServiceCredit:
    return ServiceCredit(read.number("percent"), read.text("reason"), read.text("source"))


def _credit_content(credit: AvailableCredit) -> dict[str, Any]:
    return {
        "id": credit.id,
        "kind": credit.kind,
        "available_minor": credit.available_minor,
        "expires_at": moment_text(credit.expires_at) if credit.expires_at else None,
    }


def _credit(read: Reader) -> AvailableCredit:
    text = read.text_or_none("expires_at")
    return AvailableCredit(
        id=read.text("id"),
        kind=read.text("kind"),
        available_minor=read.whole("available_minor"),
        expires_at=_moment(read, text) if text is not None else None,
    )


def _correction_content(correction: Correction) -> dict[str, Any]:
    told = {} if correction.currency is None else {"currency": correction.currency}
    return told | {
        "id": correction.id,
        "of_month": correction.of_month,
        "statement": correction.statement,
        "amount_minor": correction.amount_minor,
        "waived": correction.waived,
        "hash": correction.hash,
    }


def _correction(read: Reader) -> Correction:
    return Correction(
        id=read.text("id"),
        of_month=read.text("of_month"),
        statement=read.text("statement"),
        amount_minor=read.whole("amount_minor"),
        waived=read.truth("waived"),
        hash=read.text("hash"),
        currency=read.text("currency") if "currency" in read.values else None,
    )


def line_content(line: Line) -> dict[str, Any]:
    return {
        "key": line.key,
        "kind": str(line.kind),
        "meter": line.meter,
        "description": line.description,
        "quantity": None if line.quantity is None else plain(line.quantity),
        "unit_price": None if line.unit_price is None else plain(line.unit_price),
        "per": line.per,
        "unrounded": unrounded(line.unrounded),
        "amount_minor": line.amount_minor,
        "segment": line.segment,
    }


def moment_text(moment: datetime) -> str:
    """A moment in UTC as RFC 3339 writes it, with a Z."""
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def _moment(read: Reader, text: str) -> datetime:
    moment: datetime | None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadContent(f"{read.at}: {text!r} is no moment of RFC 3339.")
    return moment

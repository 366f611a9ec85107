"""Everything that a statement or a correction says, made anew from its own inputs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from billing.rules.contents import composed_content, from_content, inputs_content
from billing.rules.currencies import UnknownCurrency
from billing.rules.months import MonthInputs, compose
from billing.rules.rating import BadMonth, Segment
from billing.rules.reading import BadContent
from billing.rules.rounding import plain
from billing.rules.statements.canonical import canonical, digest, member_hashes
from billing.rules.statements.contents import billed_inputs, period_content
from billing.rules.statements.late import charges, month_end

# What reading a document raises that another than this version has written.
UNREADABLE = (BadContent, BadMonth, UnknownCurrency, LookupError, TypeError, ValueError)


def text_problems(text: str, told_hash: str) -> Iterator[str]:
    """Whether a kept document is canonical and has this hash; each with a member's name first."""
    if digest(text) != told_hash:
        yield "hash: is not the content's"
    try:
        written = canonical(json.loads(text))
    except ValueError as error:
        yield f"content: is no JSON, {error}"
        return
    if written != text:
        yield "content: is not in its canonical form"


def document_problems(said: Mapping[str, Any]) -> Iterator[str]:
    """Of a document in an export: which members are not what was hashed."""
    content, members = said["content"], said["members"]
    own = member_hashes(content)
    for name in sorted({*own, *members}):
        if own.get(name) != members.get(name):
            yield f"{name}: is not what was hashed"
    yield from text_problems(canonical(content), said["hash"])


def statement_problems(content: Mapping[str, Any], previous_hash: str | None) -> Iterator[str]:
    """What of the content does not follow from its inputs; None: what was before is not known."""
    if previous_hash is not None and content["previous_hash"] != previous_hash:
        yield "previous_hash: is not that of the statement before"
    try:
        inputs = from_content(content)
        composed = composed_content(compose(inputs))
    except UNREADABLE as error:
        yield f"content: cannot be recomputed, {error}"
        return
    for name, value in (inputs_content(inputs) | composed).items():
        if content[name] != value:
            yield f"{name}: says {canonical(content[name])}, recomputed {canonical(value)}"
    yield from _usage_problems(content, inputs.segments)
    yield from _period_problems(content, inputs.segments)


def _period_problems(content: Mapping[str, Any], segments: Sequence[Segment]) -> Iterator[str]:
    first = date.fromisoformat(f"{content['month']}-01")
    if (segments[0].start, segments[-1].end) != (first, month_end(first)):
        yield "segments: are not the days of the month"
    if content["period"] != period_content(first):
        yield "period: is not the month"


def _usage_problems(content: Mapping[str, Any], segments: Any) -> Iterator[str]:
    for each in content["usage"]:
        whole = plain(sum(segment.quantity(each["meter"]) for segment in segments))
        if each["quantity"] != whole:
            yield f"usage: {each['meter']} says {each['quantity']}, its segments {whole}"
        if each["meter"] == "mau" and each["quantity"] != str(content["users"]["count"]):
            yield f"users: says {content['users']['count']}, the meter {each['quantity']}"


def settled_problems(
    content: Mapping[str, Any], corrections: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """Which corrections that a statement settles are not as their documents, by hash, say."""
    for each in content["corrections"]:
        said = corrections.get(each["hash"], {})
        names = ("id", "amount_minor", "waived", "currency")  # the last since it may be another
        if any(each.get(name) != said.get(name) for name in names):
            yield f"corrections: {each['id']} is not as its document says, or that is missing"


def correction_problems(content: Mapping[str, Any]) -> Iterator[str]:
    """What of a correction does not follow from its inputs."""
    try:
        after = charges(from_content(content["inputs"]))
    except UNREADABLE as error:
        yield f"inputs: cannot be recomputed, {error}"
        return
    if content["after_minor"] != after:
        yield f"after_minor: says {content['after_minor']}, recomputed {after}"
    if content["amount_minor"] != content["after_minor"] - content["before_minor"]:
        yield "amount_minor: is not what changed"
    unit = content["inputs"]["currency"]
    if content.get("currency", unit) != unit:
        yield "currency: is not that of the inputs"


def corrected_problems(
    content: Mapping[str, Any], statement: Mapping[str, Any], earlier_minor: int
) -> Iterator[str]:
    """What of a correction does not follow from its statement's content.

    Late usage and service credits alone may have changed. `earlier_minor` is what the statement's
    earlier corrections billed.
    """
    inputs = content["inputs"]
    try:
        billed = billed_inputs(from_content(statement))
        before = charges(billed) + earlier_minor
        have, had = _quantities(from_content(inputs)), _quantities(billed)
    except UNREADABLE as error:
        yield f"inputs: cannot be compared with the statement's, {error}"
        return
    if content["before_minor"] != before:
        yield f"before_minor: says {content['before_minor']}, billed {before}"
    then = inputs_content(billed)
    if _without_usage(inputs) != _without_usage(then):
        yield "inputs: are not those of the statement"
    if any(each not in inputs["adjustments"] for each in then["adjustments"]):
        yield "inputs: lack a service credit of the statement"
    for meter in sorted({*have, *had, *content["late"]}):
        late, old = Decimal(content["late"].get(meter, "0")), had.get(meter, Decimal(0))
        if have.get(meter, 0) not in (old + late, max(old, late)):  # of some the largest counts
            yield f"inputs: {have.get(meter)} of {meter} are not {old} and {late} late"


def _quantities(inputs: MonthInputs) -> dict[str, Decimal]:
    """How many of each meter all segments charge for."""
    meters = {meter for segment in inputs.segments for meter in segment.quantities}
    return {
        meter: sum((segment.quantity(meter) for segment in inputs.segments), Decimal(0))
        for meter in meters
    }


def _without_usage(inputs: Mapping[str, Any]) -> dict[str, Any]:
    segments = [{**each, "quantities": {}} for each in inputs["segments"]]
    return {**inputs, "segments": segments, "adjustments": []}

"""Everything that was closed, recomputed: from the database, or from an export in a file."""

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from billing.models import Correction, CreditEntry, Statement
from billing.queries.statements import user_hashes
from billing.rules.statements.canonical import NO_HASH, canonical
from billing.rules.statements.checks import (
    corrected_problems,
    correction_problems,
    document_problems,
    settled_problems,
    statement_problems,
    text_problems,
)
from billing.rules.statements.contents import EXPORT, month_name
from metering import merkle


def kept_problems() -> Iterator[str]:
    """What is wrong with any statement or correction that is kept, named."""
    rows = (
        Statement.objects.select_related("invoice")
        .prefetch_related("settles", "corrections")
        .order_by("organisation_id", "livemode", "closed_at", "month")
        .iterator(chunk_size=500)
    )
    for _, chain in groupby(rows, key=lambda row: (row.organisation_id, row.livemode)):
        previous = NO_HASH
        for statement in chain:
            yield from _named(statement.number, _of_statement(statement, previous))
            previous = statement.content_hash
            yield from _of_corrections(statement)


def _named(name: str, problems: Iterator[str]) -> Iterator[str]:
    return (f"{name}: {problem}" for problem in problems)


def _of_statement(statement: Statement, previous: str) -> Iterator[str]:
    yield from text_problems(statement.content, statement.content_hash)
    content = json.loads(statement.content)
    yield from statement_problems(content, previous)
    beside = {
        "id": statement.pk,
        "number": statement.number,
        "livemode": statement.livemode,
        "month": month_name(statement.month),
        "currency": statement.currency,
        "total_minor": statement.total_minor,
        "previous_hash": statement.previous_hash,
    }
    for name, value in beside.items():
        if content.get(name) != value:
            yield f"{name}: the row says {value!r}, the content {content.get(name)!r}"
    yield from _users(content, user_hashes(statement))
    yield from _settled(statement, content)
    yield from _credits(statement, content)
    invoice = getattr(statement, "invoice", None)
    asked = invoice.total_minor if invoice else 0
    if asked != statement.total_minor:
        yield f"total_minor: {statement.total_minor}, and {asked} is asked for"


def _settled(statement: Statement, content: Mapping[str, Any]) -> Iterator[str]:
    rows = statement.settles.all()
    yield from settled_problems(
        content, {each.content_hash: json.loads(each.content) for each in rows}
    )
    if {each.pk for each in rows} - {each["id"] for each in content["corrections"]}:
        yield "corrections: rows say that they are settled here, and the content does not"


def _credits(statement: Statement, content: Mapping[str, Any]) -> Iterator[str]:
    asked = {
        line["key"].removeprefix("credit:"): line["amount_minor"]
        for line in content["lines"]
        if line["kind"] == "credit"
    }
    rows = CreditEntry.objects.filter(statement_id=statement.pk, kind=CreditEntry.Kind.USED)
    taken = {each.credit_id: each.amount_minor for each in rows}
    if asked != taken:
        yield f"lines: take {asked} from credits, of which {taken} was taken"


def _of_corrections(statement: Statement) -> Iterator[str]:
    of, earlier = json.loads(statement.content), 0
    for correction in sorted(statement.corrections.all(), key=lambda each: each.number):
        name = f"{statement.pk}, correction {correction.number}"
        yield from _named(name, _of_correction(correction, of, earlier))
        earlier += 0 if correction.waived else correction.amount_minor


def _of_correction(
    correction: Correction, of: Mapping[str, Any], earlier_minor: int
) -> Iterator[str]:
    yield from text_problems(correction.content, correction.content_hash)
    content = json.loads(correction.content)
    yield from correction_problems(content)
    yield from corrected_problems(content, of, earlier_minor)
    beside = {
        "statement_hash": correction.statement.content_hash,
        "amount_minor": correction.amount_minor,
        "waived": correction.waived,
    }
    for name, value in beside.items():
        if content[name] != value:
            yield f"{name}: the row says {value!r}, the content {content[name]!r}"


def _users(content: Mapping[str, Any], hashes: Iterator[str]) -> Iterator[str]:
    leaves = [merkle.leaf(bytes.fromhex(each)) for each in hashes]
    users = content["users"]
    if len(leaves) != users["count"]:
        yield f"users: {users['count']} were counted, {len(leaves)} are kept"
    if merkle.root(leaves).hex() != users["root"]:
        yield "users: the hashes do not make the root"


def exported_problems(data: bytes) -> Iterator[str]:
    """What is wrong with an export, named."""
    try:
        said = json.loads(data)
        written = canonical(said).encode()
    except ValueError as error:
        yield f"file: is no JSON, {error}"
        return
    if not isinstance(said, dict) or said.get("schema") != EXPORT:
        yield f"schema: is not {EXPORT}"
        return
    if written != data:
        yield f"file: byte {_first_difference(written, data)}: not as exported"
    try:
        yield from _of_export(said)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        yield f"file: cannot be read, {error!r}"


def _first_difference(one: bytes, other: bytes) -> int:
    """The offset of the first byte that is not in both."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _of_export(said: Mapping[str, Any]) -> Iterator[str]:
    previous: str | None = None
    corrections = {each["hash"]: each["content"] for each in said["corrections"]}
    for each in said["statements"]:
        content = each["content"]
        yield from _named(content["number"], document_problems(each))
        yield from _named(content["number"], statement_problems(content, previous))
        yield from _named(content["number"], settled_problems(content, corrections))
        if content["month"] in said["users"]:
            mine = _users(content, iter(said["users"][content["month"]]))
            yield from _named(content["number"], mine)
        previous = each["hash"]
    for each in said["corrections"]:
        content = each["content"]
        yield from _named(content["number"], document_problems(each))
        yield from _named(content["number"], correction_problems(content))
        yield from _named(content["number"], _of_its_statement(content, said))


def _of_its_statement(content: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[str]:
    """What of a correction does not follow from its month's statement, where that is there too."""
    of = [each for each in said["statements"] if each["content"]["month"] == content["month"]]
    if not of:
        return
    if of[0]["hash"] != content["statement_hash"]:
        yield "statement_hash: is not that of the month's statement"
        return
    others = (each["content"] for each in said["corrections"])
    same = [c for c in others if c["statement"] == content["statement"] and not c["waived"]]
    earlier = sum(c["amount_minor"] for c in same if c["correction"] < content["correction"])
    yield from corrected_problems(content, of[0]["content"], earlier)

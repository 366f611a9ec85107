"""Everything that was closed, recomputed: from the database, or from an export in a file."""

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from billing.models import Correction, Statement
from billing.queries.statements import user_hashes
from billing.rules.statements.canonical import NO_HASH, canonical
from billing.rules.statements.checks import (
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
        .order_by("organisation_id", "livemode", "closed_at", "month")
        .iterator(chunk_size=500)
    )
    for _, chain in groupby(rows, key=lambda row: (row.organisation_id, row.livemode)):
        previous = NO_HASH
        for statement in chain:
            yield from _named(statement.number, _of_statement(statement, previous))
            previous = statement.content_hash
    for correction in Correction.objects.order_by("statement_id", "number").iterator():
        name = f"{correction.statement_id}, correction {correction.number}"
        yield from _named(name, _of_correction(correction))


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
    ids = [each["id"] for each in content["corrections"]]
    settled = Correction.objects.filter(pk__in=ids) if ids else ()
    kept = {each.content_hash: json.loads(each.content) for each in settled}
    yield from settled_problems(content, kept)
    invoice = getattr(statement, "invoice", None)
    asked = invoice.total_minor if invoice else 0
    if asked != statement.total_minor:
        yield f"total_minor: {statement.total_minor}, and {asked} is asked for"


def _of_correction(correction: Correction) -> Iterator[str]:
    yield from text_problems(correction.content, correction.content_hash)
    content = json.loads(correction.content)
    yield from correction_problems(content)
    if content["amount_minor"] != correction.amount_minor:
        yield f"amount_minor: the row says {correction.amount_minor}"


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
        yield from _named(each["content"]["number"], document_problems(each))
        yield from _named(each["content"]["number"], correction_problems(each["content"]))

"""What a verifier reads: statements with their hashes, corrections, and the users' hashes."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.db.models import Q

from billing.models import Correction, Statement
from billing.queries.statements import PAGE, user_hashes
from billing.rules.statements.canonical import canonical, member_hashes
from billing.rules.statements.contents import EXPORT, month_name


def export(statements: Sequence[Statement], *, users: bool) -> Iterator[bytes]:
    """The statements, in their order, with every correction of them or settled in them.

    In canonical JSON: one byte changed is one byte wrong. With `users`, each month's hashes. It
    comes in pieces, for a month may have millions of users.
    """
    rows = Correction.objects.filter(
        Q(statement__in=statements) | Q(settled_in__in=statements)
    ).order_by("statement__closed_at", "statement__month", "number")
    content = {
        "schema": EXPORT,
        "statements": [_document(row.content, row.content_hash) for row in statements],
        "corrections": [_document(row.content, row.content_hash) for row in rows],
        "users": {},
    }
    yield canonical(content).encode().removesuffix(b"}}")  # of its names users is the last
    months = sorted(statements, key=lambda row: row.month) if users else []
    for number, row in enumerate(months):
        yield f'{"," if number else ""}"{month_name(row.month)}":['.encode()
        yield from _users(row)
        yield b"]"
    yield b"}}"


def _users(statement: Statement) -> Iterator[bytes]:
    """The hashes of a month's users as they stand between brackets, a page at a time."""
    hashes, before = user_hashes(statement), ""
    while page := list(islice(hashes, PAGE)):
        yield (before + canonical(page)[1:-1]).encode()
        before = ","


def _document(text: str, told_hash: str) -> dict[str, Any]:
    content = json.loads(text)
    return {"content": content, "hash": told_hash, "members": member_hashes(content)}

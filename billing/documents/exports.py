"""What a verifier reads: statements with their hashes, corrections, and the users' hashes."""

import json
from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from billing.models import Correction, Statement
from billing.queries.statements import user_hashes
from billing.rules.statements.canonical import canonical, member_hashes
from billing.rules.statements.contents import EXPORT, month_name


def export(statements: Sequence[Statement], *, users: bool) -> bytes:
    """The statements, in their order, with every correction of them or settled in them.

    In canonical JSON: one byte changed is one byte wrong. With `users`, each month's hashes.
    """
    rows = Correction.objects.filter(
        Q(statement__in=statements) | Q(settled_in__in=statements)
    ).order_by("statement__closed_at", "statement__month", "number")
    content = {
        "schema": EXPORT,
        "statements": [_document(row.content, row.content_hash) for row in statements],
        "corrections": [_document(row.content, row.content_hash) for row in rows],
        "users": {month_name(row.month): list(user_hashes(row)) for row in statements if users},
    }
    return canonical(content).encode()


def _document(text: str, told_hash: str) -> dict[str, Any]:
    content = json.loads(text)
    return {"content": content, "hash": told_hash, "members": member_hashes(content)}

"""Statements and invoices, always from the organisation; and what a statement's users are."""

from collections.abc import Iterator
from typing import Final

from django.db import connection
from django.db.models import QuerySet

from billing.models import Invoice, Statement
from foundation.errors import NotFound
from tenants.models import Organisation

PAGE: Final = 10_000


def statements(organisation: Organisation, *, livemode: bool) -> QuerySet[Statement]:
    return Statement.objects.filter(organisation=organisation, livemode=livemode)


def statement(organisation: Organisation, statement_id: str, *, livemode: bool) -> Statement:
    found = statements(organisation, livemode=livemode).filter(pk=statement_id).first()
    if found is None:
        raise NotFound(f"No statement {statement_id}.")
    return found


def until(last: Statement) -> list[Statement]:
    """The chain that ends with this statement, from the first."""
    rows = Statement.objects.filter(
        organisation=last.organisation_id, livemode=last.livemode, closed_at__lte=last.closed_at
    ).order_by("closed_at", "month")
    found = list(rows)
    return found[: found.index(last) + 1]


def invoices(organisation: Organisation, *, livemode: bool) -> QuerySet[Invoice]:
    return Invoice.objects.filter(
        organisation=organisation, statement__livemode=livemode
    ).select_related("statement")


def invoice(organisation: Organisation, invoice_id: str, *, livemode: bool) -> Invoice:
    found = invoices(organisation, livemode=livemode).filter(pk=invoice_id).first()
    if found is None:
        raise NotFound(f"No invoice {invoice_id}.")
    return found


def user_hashes(statement: Statement) -> Iterator[str]:
    """The users that the statement counts, as hexadecimal digits in ascending order."""
    after = ""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                _USERS,
                {
                    "organisation": statement.organisation_id,
                    "livemode": statement.livemode,
                    "month": statement.month,
                    "after": after or None,
                    "page": PAGE,
                },
            )
            found = [row[0] for row in cursor.fetchall()]
        yield from found
        if len(found) < PAGE:
            return
        after = found[-1]


# What came late has an origin that says so, and is in no statement.
_USERS: Final = """
    SELECT encode(uuid_send(seen.user_hash), 'hex')
    FROM metering_activeuser AS seen
    JOIN metering_origin AS origin ON origin.id = seen.origin_id
    JOIN metering_usagemonth AS month ON month.id = seen.usage_month_id
    WHERE month.organisation_id = %(organisation)s AND month.livemode = %(livemode)s
        AND month.month = %(month)s AND NOT origin.late
        AND (%(after)s::uuid IS NULL OR seen.user_hash > %(after)s::uuid)
    ORDER BY seen.user_hash LIMIT %(page)s
"""

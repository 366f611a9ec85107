"""The books of one organisation as they lie in the database, and what must always hold of them."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from django.db import connection

from billing.documents.exports import export
from billing.models import CreditEntry, Statement
from tenants.models import Organisation
from tifo_client.verify.statements import verify

# Every table that an act upon money may move; the events that are told of it among them.
TABLES: Final = (
    *("metering_usagemonth", "metering_activeuser", "metering_usagecount", "metering_usageevent"),
    *("metering_usagerow", "metering_adjustment", "metering_userseal"),
    *("billing_statement", "billing_correction", "billing_invoice", "billing_creditnote"),
    *("billing_credit", "billing_creditentry", "billing_ledgerentry", "billing_contract"),
    *("billing_billingaccount", "tenants_organisation", "tenants_tierchange", "foundation_event"),
)
NO_HASH: Final = "0" * 64
POSITIVE: Final = {"usage", "commitment", "correction"}


def state() -> str:
    """A hash of all that is written."""
    parts = " UNION ALL ".join(
        f"SELECT '{name}' AS name, md5(string_agg(each::text, ',' ORDER BY each::text)) AS rows "
        f"FROM {name} AS each"
        for name in TABLES
    )
    whole = f"SELECT md5(string_agg(name || coalesce(rows, ''), ',' ORDER BY name)) FROM ({parts})"
    with connection.cursor() as cursor:
        cursor.execute(f"{whole} AS parts")
        [found] = cursor.fetchone()
    return str(found)


class Books:
    """Looked at after each step; what was written once must stay as it is."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.kept: dict[str, str] = {}
        self._state = ""

    def wrong(self) -> Iterator[str]:
        """In words; nothing where they are right, as they were if nothing has changed since."""
        if (now := state()) == self._state:
            return
        self._state = now
        yield from self._documents()
        with connection.cursor() as cursor:
            for said, query in _WRONG.items():
                cursor.execute(query, {"organisation": self.organisation.pk})
                yield from (f"{said}: {row}" for row in cursor.fetchall())

    def contents(self) -> Counter[str]:
        """How many there are of what."""
        own = self.organisation
        lines = [line for row in own.statements.all() for line in content_of(row)["lines"]]
        moves = own.tier_changes.values_list("reason", flat=True)
        found = Counter({"statements": own.statements.count(), "notes": own.credit_notes.count()})
        found.update(f"invoice {state}" for state in own.invoices.values_list("state", flat=True))
        found.update(f"line {line['kind']}" for line in lines if line["amount_minor"])
        found.update(f"move {reason}" for reason in moves)
        return found

    def _documents(self) -> Iterator[str]:
        with connection.cursor() as cursor:
            cursor.execute(_DOCUMENTS, {"organisation": self.organisation.pk})
            found = dict(cursor.fetchall())
        yield from (f"{pk} has changed" for pk in self.kept if found.get(pk) != self.kept[pk])
        if found.keys() == self.kept.keys():
            return
        rows, before = list(self.organisation.statements.order_by("closed_at", "month")), NO_HASH
        for row in rows:
            if row.previous_hash != before:
                yield f"{row.number} does not name the statement before it"
            before = row.content_hash
            if row.pk not in self.kept:
                yield from statement_faults(content_of(row), row)
        yield from verify(b"".join(export(rows, users=True)))
        self.kept = found


def statement_faults(content: dict[str, Any], row: Statement) -> Iterator[str]:
    """What in a new statement does not add up."""
    lines = content["lines"]
    if sum(line["amount_minor"] for line in lines) != content["total_minor"]:
        yield f"{row.number}: its lines do not come to its total"
    if content["total_minor"] != row.total_minor or row.total_minor < 0:
        yield f"{row.number} comes to {row.total_minor}"
    for line in lines:
        if line["amount_minor"] and (line["amount_minor"] < 0) == (line["kind"] in POSITIVE):
            yield f"{row.number}: {line['key']} is {line['amount_minor']}"
    if any(each["quantity"].startswith("-") for each in content["usage"]):
        yield f"{row.number} has used less than nothing"
    for credit in content["credits"]:
        used = CreditEntry.objects.filter(credit=credit["id"], statement_id=row.pk)
        amounts = list(used.values_list("amount_minor", flat=True))
        told = [line["amount_minor"] for line in lines if line["key"] == f"credit:{credit['id']}"]
        if amounts != told:
            yield f"{row.number} uses {told} of {credit['id']}, whose entries say {amounts}"


def content_of(row: Statement) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row.content)
    return found


_DOCUMENTS: Final = """
    SELECT id, md5(content) || content_hash FROM billing_statement
    WHERE organisation_id = %(organisation)s
    UNION ALL
    SELECT one.id, md5(one.content) || one.content_hash FROM billing_correction AS one
    JOIN billing_statement AS statement ON statement.id = one.statement_id
    WHERE statement.organisation_id = %(organisation)s
"""
_WRONG: Final = {
    "a credit holds less than nothing, or more than was granted": """
        SELECT one.id, one.amount_minor, sum(entry.amount_minor) FROM billing_credit AS one
        LEFT JOIN billing_creditentry AS entry ON entry.credit_id = one.id
        WHERE one.organisation_id = %(organisation)s
        GROUP BY one.id
        HAVING coalesce(sum(entry.amount_minor), -1) NOT BETWEEN 0 AND one.amount_minor
    """,
    "an invoice is not what its statement, its notes and the ledger make of it": """
        SELECT row_to_json(one), statement.total_minor, entries.sum, notes.sum
        FROM billing_invoice AS one
        JOIN billing_statement AS statement ON statement.id = one.statement_id
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS sum
            FROM billing_ledgerentry WHERE invoice_id = one.id) AS entries
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS sum
            FROM billing_creditnote WHERE invoice_id = one.id AND state = 'issued') AS notes
        WHERE one.organisation_id = %(organisation)s AND (
            one.total_minor <> statement.total_minor OR one.total_minor <= 0
            OR one.credited_minor <> notes.sum OR one.credited_minor > one.total_minor
            OR one.refunded_minor < 0 OR one.refunded_minor > one.paid_minor
            OR one.paid_minor > one.total_minor + one.tax_minor
            OR entries.sum <> CASE
                WHEN one.state IN ('created', 'lines', 'verified') THEN 0
                WHEN one.state = 'void' THEN one.refunded_minor
                ELSE one.total_minor + one.tax_minor
                    - one.paid_minor - one.credited_minor + one.refunded_minor END)
    """,
    "a statement that comes to something has no invoice, or one to nothing has one": """
        SELECT statement.number, statement.total_minor FROM billing_statement AS statement
        LEFT JOIN billing_invoice AS one ON one.statement_id = statement.id
        WHERE statement.organisation_id = %(organisation)s
            AND (statement.total_minor > 0) <> (one.id IS NOT NULL)
    """,
    "a month's number is not that of its users, or not that of its days": """
        SELECT row_to_json(counted), users.in_time, users.late, days.in_time, days.late
        FROM metering_usagemonth AS counted
        CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE NOT origin.late) AS in_time,
                count(*) FILTER (WHERE origin.late) AS late
            FROM metering_activeuser AS one JOIN metering_origin AS origin
            ON origin.id = one.origin_id WHERE one.usage_month_id = counted.id) AS users
        CROSS JOIN LATERAL (SELECT coalesce(sum(quantity) FILTER (WHERE NOT late), 0) AS in_time,
                coalesce(sum(quantity) FILTER (WHERE late), 0) AS late, min(quantity) AS least
            FROM metering_usagecount WHERE organisation_id = counted.organisation_id
            AND livemode = counted.livemode AND meter = 'mau'
            AND date_trunc('month', day) = counted.month) AS days
        WHERE counted.organisation_id = %(organisation)s AND ((counted.mau, counted.late_mau)
            <> (users.in_time, users.late) OR (counted.mau, counted.late_mau)
            <> (days.in_time, days.late) OR days.least < 0)
    """,
}

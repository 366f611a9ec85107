"""Statements are written, with all that hangs on them, in the transaction that closes the month."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from billing.events import STATEMENT_READY, StatementData
from billing.models import CreditEntry, Invoice, Statement
from billing.rules.currencies import UnknownCurrency
from billing.rules.lines import Kind
from billing.rules.months import Composed, compose
from billing.rules.rating import BadMonth
from billing.rules.statements.canonical import canonical, digest
from billing.rules.statements.contents import MonthFacts, month_name, statement_content
from billing.services.corrections import settle
from billing.services.roots import roots
from foundation.events.services import keep
from foundation.events.sockets import Audience
from foundation.ids import new_id
from tenants.models import Organisation


class Unclosable(ValueError):
    """An organisation's month contradicts itself: the operator has to look at its prices."""

    def __init__(self, organisation_id: str, why: str) -> None:
        super().__init__(why)
        self.organisation_id = organisation_id


@dataclass(frozen=True)
class OpenMonth:
    """A month that is held until it is closed: its row's id, whose it is, and all it is made of."""

    usage_month_id: int
    organisation: Organisation
    facts: MonthFacts


@dataclass(frozen=True)
class Written:
    """A statement with what it was made of."""

    statement: Statement
    organisation: Organisation
    facts: MonthFacts
    composed: Composed


def write_statements(months: Sequence[OpenMonth], *, now: datetime) -> list[Unclosable]:
    """Statements, credits that they use, corrections that they settle, invoices and events.

    Who cannot be reckoned gets nothing, and is returned.
    """
    reckoned, refused = _compose(months)
    root_of = roots([month.usage_month_id for month, _ in reckoned], now=now)
    written = [
        _statement(month, composed, root_of[month.usage_month_id].hex(), now)
        for month, composed in reckoned
    ]
    _keep([each.statement for each in written], now)
    _use_credits(written, now)
    settle([(each.facts.corrections, each.statement) for each in written], now=now)
    _ask(written, now)
    _tell(written, now)
    return refused


def _compose(
    months: Sequence[OpenMonth],
) -> tuple[list[tuple[OpenMonth, Composed]], list[Unclosable]]:
    reckoned, refused = [], []
    for month in months:
        if month.facts.problem:
            refused.append(Unclosable(month.organisation.pk, month.facts.problem))
            continue
        try:
            reckoned.append((month, compose(month.facts.inputs)))
        except (BadMonth, UnknownCurrency) as error:
            refused.append(Unclosable(month.organisation.pk, str(error)))
    return reckoned, refused


def _statement(month: OpenMonth, composed: Composed, root: str, now: datetime) -> Written:
    facts = month.facts
    statement_id, number = new_id("stm", now), number_of(facts)
    content = canonical(
        statement_content(
            facts,
            composed,
            statement_id=statement_id,
            number=number,
            root=root,
            closed_at=now,
        )
    )
    statement = Statement(
        id=statement_id,
        organisation_id=facts.organisation_id,
        livemode=facts.livemode,
        month=facts.month,
        number=number,
        currency=facts.inputs.currency.code,
        total_minor=composed.total_minor,
        content=content,
        content_hash=digest(content),
        previous_hash=facts.previous_hash,
        closed_at=now,
    )
    return Written(statement, month.organisation, facts, composed)


def number_of(facts: MonthFacts) -> str:
    """The month and the end of the organisation's id: the same whoever closes it, and whenever."""
    return f"{month_name(facts.month)}-{facts.organisation_id[-10:]}"


def _keep(statements: Sequence[Statement], now: datetime) -> None:
    rows = [
        (
            each.pk,
            each.organisation_id,
            each.livemode,
            each.month.isoformat(),
            each.number,
            each.currency,
            each.total_minor,
            each.content,
            each.content_hash,
            each.previous_hash,
        )
        for each in statements
    ]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [now, json.dumps(rows, ensure_ascii=False)])


# One JSON text for all rows: of an array's every quotation mark would be escaped in Python, which
# took a third of the close.
_KEEP = """
    INSERT INTO billing_statement (id, organisation_id, livemode, month, number, currency,
        total_minor, content, content_hash, previous_hash, closed_at)
    SELECT said ->> 0, said ->> 1, (said ->> 2)::boolean, (said ->> 3)::date, said ->> 4,
        said ->> 5, (said ->> 6)::bigint, said ->> 7, said ->> 8, said ->> 9, %s
    FROM jsonb_array_elements(%s::jsonb) AS each (said)
"""


def _use_credits(written: Sequence[Written], now: datetime) -> None:
    entries = [
        CreditEntry(
            id=new_id("cre", now),
            credit_id=line.key.removeprefix("credit:"),
            kind=CreditEntry.Kind.USED,
            amount_minor=line.amount_minor,
            statement_id=each.statement.pk,
            at=now,
        )
        for each in written
        for line in each.composed.of(Kind.CREDIT)
    ]
    CreditEntry.objects.bulk_create(entries)


def _ask(written: Sequence[Written], now: datetime) -> None:
    """An invoice for each statement that comes to something.

    Whether Stripe collects it is said by the worker that drives it first. The close may run in
    any shell, and what that knows of Stripe is no fact about the platform.
    """
    invoices = [
        Invoice(
            id=new_id("inv", now),
            organisation_id=each.organisation.pk,
            statement=each.statement,
            number=each.statement.number,
            currency=each.statement.currency,
            total_minor=each.statement.total_minor,
            collector=Invoice.Collector.SANDBOX if each.organisation.sandbox else "",
            next_attempt_at=now,
            created_at=now,
        )
        for each in written
        if each.statement.total_minor
    ]
    Invoice.objects.bulk_create(invoices)


def _tell(written: Sequence[Written], now: datetime) -> None:
    told = [
        (
            Audience(each.statement.organisation_id, each.statement.livemode),
            StatementData(
                id=each.statement.pk,
                number=each.statement.number,
                month=month_name(each.statement.month),
                currency=each.statement.currency,
                total_minor=each.statement.total_minor,
                hash=each.statement.content_hash,
            ),
        )
        for each in written
    ]
    keep(STATEMENT_READY, told, now=now)

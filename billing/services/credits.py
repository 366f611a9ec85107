"""Credits: granted, used by a month's statement, and revoked. Their entries are the truth."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from billing.models import Credit, CreditEntry, PriceList
from billing.queries.credits import balance
from billing.queries.prices import PUBLISHED
from billing.rules.currencies import UnknownCurrency, currency
from foundation.ids import new_id
from tenants.models import Organisation


class CreditRefused(ValueError):
    """A credit, or a movement of one, that cannot be."""


@transaction.atomic
def grant_credit(
    *,
    organisation: Organisation,
    amount_minor: int,
    now: datetime,
    code: str = "usd",
    kind: str = Credit.Kind.PREPAID,
    expires_at: datetime | None = None,
    note: str = "",
    statement_id: str = "",
) -> Credit:
    """Money that the organisation has here before it uses anything, in minor units of `code`.

    `statement_id`: the statement of which it gives something back. Months that begin at
    `expires_at` or later cannot use it. Raises CreditRefused.
    """
    check_credit(amount_minor=amount_minor, code=code, expires_at=expires_at, now=now)
    credit = Credit.objects.create(
        id=new_id("crd", now),
        organisation=organisation,
        kind=kind,
        currency=code,
        amount_minor=amount_minor,
        granted_at=now,
        expires_at=expires_at,
        note=note,
    )
    _move(credit, CreditEntry.Kind.GRANTED, amount_minor, now, statement_id)
    return credit


def check_credit(
    *, amount_minor: int, code: str, expires_at: datetime | None, now: datetime
) -> None:
    """Refuse what no credit can be (CreditRefused)."""
    try:
        unit = currency(code)
    except UnknownCurrency as unknown:
        raise CreditRefused(str(unknown)) from unknown
    if amount_minor < 1 or amount_minor % unit.step:
        raise CreditRefused(
            f"A credit is more than 0, in steps of {unit.step} of the minor unit of {code.upper()}."
        )
    if expires_at is not None and expires_at <= now:
        raise CreditRefused("A credit expires after it is granted.")


def check_billed_in(organisation: Organisation, *, code: str, now: datetime) -> None:
    """Refuse a currency in which no bill of the organisation can be (CreditRefused).

    Its bills are in the currency of the contract in force, between contracts in that of the
    published list. What is given back is in the currency of what was paid, and is not asked here.
    """
    published = PriceList.objects.get(pk=PUBLISHED).currency
    rows = organisation.contracts.filter(Q(ends_at=None) | Q(ends_at__gt=now))
    contracts = list(rows.select_related("price_list"))
    billed = {each.price_list.currency if each.price_list else published for each in contracts}
    if not any(each.ends_at is None and each.starts_at <= now for each in contracts):
        billed.add(published)
    if code not in billed:
        known = " or ".join(sorted(each.upper() for each in billed))
        raise CreditRefused(
            f"{organisation.name} is billed in {known}: no bill could use a credit in "
            f"{code.upper()}. Sign the contract in that currency first."
        )


@transaction.atomic
def revoke_credit(*, credit: Credit, now: datetime) -> int:
    """Take back what is left of the credit; how much that was, in minor units."""
    Credit.objects.select_for_update().get(pk=credit.pk)
    left = balance(credit)
    if left:
        _move(credit, CreditEntry.Kind.REVOKED, -left, now)
    return left


def _move(
    credit: Credit, kind: CreditEntry.Kind, amount: int, now: datetime, statement_id: str = ""
) -> None:
    CreditEntry.objects.create(
        id=new_id("cre", now),
        credit=credit,
        kind=kind,
        amount_minor=amount,
        statement_id=statement_id,
        at=now,
    )

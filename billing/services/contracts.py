"""Contracts: signed, and ended. What was agreed is never edited once it is in force."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from billing.models import Contract, Objective, PriceList, Statement
from billing.queries.prices import PUBLISHED
from billing.rules.contracts import ContractTerms, contract_problems
from billing.rules.currencies import currency
from foundation.ids import new_id
from tenants.models import Organisation


class ContractRefused(ValueError):
    """A contract that contradicts itself, another one, or a month that is closed.

    `problems` has a sentence for each field that is at fault.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Promise:
    """A service level, such as availability of 99.95 percent."""

    name: str
    target: Decimal
    unit: str


@transaction.atomic
def sign_contract(
    *,
    organisation: Organisation,
    starts_at: datetime,
    now: datetime,
    ends_at: datetime | None = None,
    price_list: PriceList | None = None,
    minimum_commitment_minor: int = 0,
    discount_percent: Decimal = Decimal(0),
    objectives: Sequence[Promise] = (),
    note: str = "",
) -> Contract:
    """A contract from `starts_at` until `ends_at`, both at 00:00 UTC; without a list, at the
    published prices.

    Raises ContractRefused: if it ends before it begins, overlaps another one of the organisation,
    begins in a month that is closed, or names a list that is another's or has no version.
    """
    contract = Contract(
        id=new_id("con", now),
        organisation=organisation,
        starts_at=starts_at,
        ends_at=ends_at,
        price_list=price_list,
        minimum_commitment_minor=minimum_commitment_minor,
        discount_percent=discount_percent,
        note=note,
        created_at=now,
    )
    lock_contracts(organisation)
    _refuse(contract_faults(contract))
    contract.save(force_insert=True)
    Objective.objects.bulk_create(
        Objective(contract=contract, name=each.name, target=each.target, unit=each.unit)
        for each in objectives
    )
    return contract


@transaction.atomic
def end_contract(*, contract: Contract, ends_at: datetime | None) -> Contract:
    """Have the contract end at `ends_at`, 00:00 UTC, or, with None, go on.

    Raises ContractRefused, as for a new one, and if a month that is closed was billed by it.
    """
    lock_contracts(contract.organisation)
    kept = Contract.objects.get(pk=contract.pk)
    _refuse(ending_faults(kept, ends_at))
    kept.ends_at = ends_at
    kept.save(update_fields=["ends_at"])
    return kept


def currency_of(contract: Contract) -> str:
    """The currency that its commitment is in: its list's, or the published one."""
    return (contract.price_list or PriceList.objects.get(pk=PUBLISHED)).currency


def lock_contracts(organisation: Organisation) -> None:
    """Contracts of one organisation are written one after the other, or two could overlap."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)


def ending_faults(contract: Contract, ends_at: datetime | None) -> dict[str, str]:
    """What is wrong with another end of the contract, by field."""
    sooner = min((each for each in (contract.ends_at, ends_at) if each), default=None)
    ended = copy(contract)
    ended.ends_at = ends_at
    faults = contract_faults(ended, begun=True)
    if faults or sooner is None or contract.ends_at == ends_at:
        return faults
    closed = _closed_since(contract.organisation, sooner)
    return {"ends_at": _said(closed)} if closed else {}


def _refuse(faults: Mapping[str, str]) -> None:
    if faults:
        raise ContractRefused(faults)


def contract_faults(contract: Contract, *, begun: bool = False) -> dict[str, str]:
    """What is wrong with the contract, by field. `begun`: its beginning was looked at before."""
    published = PriceList.objects.get(pk=PUBLISHED)
    used = contract.price_list or published
    terms = ContractTerms(
        starts_at=contract.starts_at,
        ends_at=contract.ends_at,
        discount_percent=contract.discount_percent,
        minimum_commitment_minor=contract.minimum_commitment_minor,
    )
    usual = used.currency == published.currency
    faults = contract_problems(terms, currency(used.currency), usual_currency=usual)
    faults = faults or _list_faults(contract, used) or _overlap_faults(contract)
    closed = None if begun else _closed_since(contract.organisation, contract.starts_at)
    return faults or ({"starts_at": _said(closed)} if closed else {})


def _list_faults(contract: Contract, used: PriceList) -> dict[str, str]:
    if used.organisation_id not in (None, contract.organisation_id):
        return {"price_list": f"The list {used.pk} was agreed with another organisation."}
    if not used.versions.filter(published_at__isnull=False).exists():
        return {"price_list": f"The list {used.pk} has no published version."}
    return {}


def _overlap_faults(contract: Contract) -> dict[str, str]:
    others = Contract.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=contract.starts_at),
        organisation=contract.organisation,
    ).exclude(pk=contract.pk)
    if contract.ends_at is not None:
        others = others.filter(starts_at__lt=contract.ends_at)
    other = others.order_by("starts_at").first()
    if other is None:
        return {}
    until = f"until {other.ends_at:%Y-%m-%d}" if other.ends_at else "without end"
    return {
        "starts_at": (
            f"It overlaps the contract {other.pk}, which is in force from "
            f"{other.starts_at:%Y-%m-%d} {until}."
        )
    }


def _closed_since(organisation: Organisation, moment: datetime) -> Statement | None:
    """The latest closed month that has a day at or after `moment`."""
    month = moment.astimezone(UTC).date().replace(day=1)
    closed = Statement.objects.filter(
        organisation=organisation, livemode=organisation.billed_mode, month__gte=month
    )
    return closed.order_by("-month").first()


def _said(statement: Statement) -> str:
    return (
        f"The month {statement.month:%Y-%m} is closed, with the statement {statement.number}: "
        "choose a day after it."
    )

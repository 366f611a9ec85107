"""Organisations and their members: signed up, changed, moved between tiers."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from foundation.clock import month
from foundation.errors import Conflict, Invalid
from foundation.ids import new_id
from tenants import queries
from tenants.models import Member, Organisation, Tier
from tenants.refusals import (
    ScopeMissing,
    SignupClosed,
    TierNeedsOperator,
)
from tenants.scopes import developer_scopes
from tenants.services import tiers
from tenants.services.keys import create_key
from tenants.services.writing import write

FIRST_TIER = "beta"


def sign_up(*, name: str, email: str, now: datetime) -> tuple[Organisation, str, str]:
    """What a stranger may do where the operator lets him: `create_organisation`."""
    if not settings.SIGNUP_OPEN:
        raise SignupClosed
    return create_organisation(name=name, email=email, now=now)


@transaction.atomic
def create_organisation(*, name: str, email: str, now: datetime) -> tuple[Organisation, str, str]:
    """A new organisation on the first tier, its owner, and one live and one test key (secrets)."""
    organisation = Organisation.objects.create(
        id=new_id("org", now),
        name=name,
        tier_id=FIRST_TIER,
        tier_month=month(now),
        payment_method=settings.BILLING_TERMS == "invoice",
        created_at=now,
    )
    add_member(organisation=organisation, email=email, role=Member.Role.OWNER, now=now)
    tokens = [
        create_key(
            organisation=organisation,
            name=f"First {mode} key",
            livemode=mode == "live",
            scopes=developer_scopes(),
            now=now,
        )[1]
        for mode in ("live", "test")
    ]
    return organisation, tokens[0], tokens[1]


def add_member(*, organisation: Organisation, email: str, role: str, now: datetime) -> Member:
    try:
        with transaction.atomic():
            return Member.objects.create(
                id=new_id("mem", now),
                organisation=organisation,
                email=email.lower(),
                role=role,
                created_at=now,
            )
    except IntegrityError as error:
        raise Conflict(f"{email} is a member already.") from error


@transaction.atomic
def change_organisation(
    *,
    organisation: Organisation,
    now: datetime,
    name: str | None = None,
    tier_slug: str | None = None,
    strictness: str | None = None,
    leaked_keys: str | None = None,
    livemode: bool = True,
) -> Organisation:
    """Rename, choose a tier open to self-service (`tenants.services.tiers.choose`), or what happens
    while limits are away and to leaked keys.

    Only what is asked for is written: a rename must not undo what the operator does meanwhile.
    `livemode` is that of the key that asks.
    """
    if livemode != organisation.billed_mode and (tier_slug, strictness, leaked_keys) != (
        None,
        None,
        None,
    ):
        raise ScopeMissing("A test key can only rename: the rest would change what is live.")
    row = tiers.held(organisation.pk)
    if tier_slug is not None:
        _check_tier(row, tier_slug, now)
        tiers.choose(row, tier_slug, now=row.moment(now))
    asked = {
        "name": name,
        "strictness": strictness,
        "leaked_keys": leaked_keys,
    }
    write(row, {field: value for field, value in asked.items() if value is not None})
    return row


def _check_tier(organisation: Organisation, tier_slug: str, now: datetime) -> None:
    if not Tier.objects.filter(pk=tier_slug).exists():
        raise Invalid.field("/tier", "unknown-tier", f"There is no tier {tier_slug!r}.")
    queries.tier_version(tier_slug, now)
    if tier_slug not in settings.SELF_SERVICE_TIERS and tier_slug != organisation.tier_id:
        raise TierNeedsOperator(tier=tier_slug)

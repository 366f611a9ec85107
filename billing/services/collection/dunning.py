"""What follows from unpaid invoices: a grace, then the first tier's limits, then all of it back."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q

from billing import events
from billing.models import BillingAccount, Invoice
from billing.rules.invoices import states
from billing.rules.invoices.states import Standing
from billing.services.collection import accounts, ledger, reminders
from foundation.events.catalogue import Durable
from foundation.events.services import tell
from foundation.events.sockets import Audience
from tenants.models import Organisation, TierChange
from tenants.services import tiers
from tenants.services.organisations import FIRST_TIER
from tenants.services.writing import write

RESTRICTED, RESTORED = TierChange.Reason.RESTRICTED, TierChange.Reason.RESTORED


def settle(organisation_id: str, *, now: datetime) -> BillingAccount:
    """Bring the account's standing to what its invoices say; call it again whenever one moves."""
    organisation = Organisation.objects.get(pk=organisation_id)
    account = accounts.account_of(organisation)
    with transaction.atomic():
        rows = BillingAccount.objects.select_for_update(no_key=True, of=("self",))
        account = rows.select_related("organisation").get(pk=account.pk)
        moment = account.organisation.moment(now)
        since = unpaid_since(organisation_id, moment)
        found = states.standing(since, now=moment, grace_days=settings.PAYMENT_GRACE_DAYS)
        if (found.name, found.grace_ends_at) != (account.standing, account.grace_ends_at):
            _stand(account, found, moment)
    return account


def settle_all(*, now: datetime) -> int:
    """Every account whose grace may have ended, or an invoice of which became overdue."""
    overdue = Invoice.objects.filter(
        Q(state=Invoice.State.FAILED) | Q(state=Invoice.State.FINALISED, due_at__isnull=False)
    )
    ids = set(overdue.order_by().values_list("organisation_id", flat=True).distinct())
    bad = BillingAccount.objects.exclude(standing=BillingAccount.Standing.GOOD)
    ids |= set(bad.values_list("pk", flat=True))
    for organisation_id in sorted(ids):
        settle(organisation_id, now=now)
    return len(ids)


def unpaid_since(organisation_id: str, moment: datetime) -> datetime | None:
    """Since when the oldest payment has been refused, or an invoice overdue; None if none is."""
    rows = Invoice.objects.filter(organisation_id=organisation_id)
    failed = rows.filter(state=Invoice.State.FAILED).aggregate(at=Min("failed_at"))["at"]
    owed = rows.filter(state=Invoice.State.FINALISED, due_at__lt=moment)
    overdue = owed.aggregate(at=Min("due_at"))["at"]
    return min((at for at in (failed, overdue) if at), default=None)


def try_again(organisation_id: str, *, now: datetime) -> int:
    """A payment method was entered: what was refused is tried with it at once."""
    rows = Invoice.objects.filter(organisation_id=organisation_id, state=Invoice.State.FAILED)
    return rows.update(next_attempt_at=now)


def _stand(account: BillingAccount, found: Standing, moment: datetime) -> None:
    before = account.standing
    account.standing, account.grace_ends_at = found.name, found.grace_ends_at
    account.save(update_fields=["standing", "grace_ends_at"])
    restricted = BillingAccount.Standing.RESTRICTED
    if found.name == restricted != before:
        _restrict(account, moment)
    elif before == restricted != found.name:
        _restore(account, moment)
    if found.name != before:
        reminders.write_of(account, moment)


def _restrict(account: BillingAccount, moment: datetime) -> None:
    organisation = tiers.held(account.organisation_id)
    write(organisation, {"restricted_at": moment})
    tiers.move(organisation, FIRST_TIER, reason=RESTRICTED, now=moment)
    _tell(account, organisation, events.BILLING_RESTRICTED, moment)


def _restore(account: BillingAccount, moment: datetime) -> None:
    organisation = tiers.held(account.organisation_id)
    write(organisation, {"restricted_at": None})
    # Where the operator has moved it meanwhile, that was his word on it.
    left = organisation.tier_changes.filter(reason=RESTRICTED).order_by("-at", "-pk").first()
    moved = left is not None and organisation.tier_changes.filter(pk__gt=left.pk).exists()
    had = left.from_tier_id if left and not moved else None
    tiers.move(organisation, had or organisation.tier_id, reason=RESTORED, now=moment)
    _tell(account, organisation, events.BILLING_RESTORED, moment)


def _tell(
    account: BillingAccount,
    organisation: Organisation,
    event: Durable[events.StandingData],
    moment: datetime,
) -> None:
    ends = account.grace_ends_at
    told: events.StandingData = {
        "standing": account.standing,
        "tier": organisation.tier_id,
        "owed_minor": ledger.owed(organisation),
        "grace_ends_at": ends.isoformat() if ends else None,
    }
    to = Audience(organisation.pk, organisation.billed_mode)
    tell(event, told, to=to, now=moment)

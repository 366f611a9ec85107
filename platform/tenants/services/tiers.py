"""Moves between tiers, and the versions of a tier that the operator publishes.

Who moves an organisation holds its row (FOR NO KEY UPDATE), so moves come one by one; who counts
its users holds the month's row first. Each `now` is that of the organisation's own clock.
"""

from datetime import datetime

from django.db import transaction

from foundation.clock import month, next_month
from foundation.events.services import tell
from foundation.events.sockets import Audience
from tenants import queries
from tenants.events import TIER_CHANGED, TierChangeData
from tenants.models import Limit, Organisation, TierChange, TierVersion
from tenants.refusals import PaymentNeeded, who_pays
from tenants.rules import tiers as rules
from tenants.rules.tiers import Ladder, Standing
from tenants.services.writing import write

Reason = TierChange.Reason


def held(organisation_id: str) -> Organisation:
    """The organisation's row as it is now, held until this transaction ends."""
    return Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)


def standing(organisation: Organisation) -> Standing:
    """What decides how far it may grow."""
    return Standing(
        organisation.tier_id, organisation.payment_method, organisation.restricted_at is not None
    )


def move(
    organisation: Organisation, tier: str, *, reason: TierChange.Reason, now: datetime
) -> None:
    """Move it, which is in force from the commit on; tell of it. Its row is `held`."""
    before = organisation.tier_id
    write(organisation, {"tier_id": tier})
    record_move(organisation, before, reason=reason, now=now)


def record_move(
    organisation: Organisation, before: str, *, reason: TierChange.Reason, now: datetime
) -> None:
    """Keep and tell that the organisation has come from the tier `before` to that of its row.

    They may be one: a tier to which its users have led it may be chosen too, and is kept then.
    """
    TierChange.objects.create(
        organisation=organisation,
        from_tier_id=before,
        to_tier_id=organisation.tier_id,
        at=now,
        reason=reason,
    )
    if before == organisation.tier_id:
        return
    told: TierChangeData = {
        "from": before,
        "to": organisation.tier_id,
        "reason": reason.value,
        "at": now.isoformat(),
    }
    tell(TIER_CHANGED, told, to=Audience(organisation.pk, organisation.billed_mode), now=now)


def record_operators_move(organisation: Organisation, before: str, *, now: datetime) -> None:
    """The operator has moved it: that stands for the month, whatever was to come."""
    row = held(organisation.pk)
    _plan(row, None, now)
    _note_start(row, now)
    record_move(row, before, reason=Reason.OPERATOR, now=now)


def choose(organisation: Organisation, tier: str, *, now: datetime) -> None:
    """What the organisation asks for: a higher tier at once, a smaller one from next month on.

    To choose the present tier takes back a smaller one that was chosen. Its row is `held`.

    Raises PaymentNeeded where nobody would pay for the higher tier.
    """
    ladder = queries.ladder(now)
    here = organisation.tier_id
    if tier != here and rules.higher(ladder, here, tier) == here:
        _plan(organisation, tier, now)
        return
    stands = standing(organisation)
    if tier != here and not stands.grows:
        because = who_pays(stands.why, organisation.pk, sandbox=organisation.sandbox)
        said = f"The tier {tier} is above {here}: {because}"
        raise PaymentNeeded(said, tier=tier, why=stands.why.value)
    _plan(organisation, None, now)
    chosen = queries.last_chosen(organisation, now)
    if tier != here or rules.higher(ladder, chosen, tier) != chosen:
        move(organisation, tier, reason=Reason.CHOSEN, now=now)


def follow(organisation_id: str, users: int, *, ladder: Ladder, now: datetime) -> str:
    """Let so many users of a month lead the organisation up, in the transaction that counts them;
    returns the tier that it stands in.

    Nobody's memory of it decides: its row is read here, and held.
    """
    row = held(organisation_id)
    tier = rules.led_to(ladder, row.tier_id, users)
    if tier != row.tier_id and standing(row).grows:
        move(row, tier, reason=Reason.COUNTED, now=now)
    return row.tier_id


def begin_month(organisation: Organisation, *, last_month: int, now: datetime) -> None:
    """Give it the tier that its month begins with, once; its row is `held`.

    `last_month` had so many billed users. While unpaid invoices restrict it, the month waits.
    """
    begun = month(now)
    if organisation.restricted_at or (organisation.tier_month and organisation.tier_month >= begun):
        return
    due = None
    if organisation.next_tier_on and organisation.next_tier_on <= begun:
        due = organisation.next_tier_id
        _plan(organisation, None, now)
    _note_start(organisation, now)
    tier = rules.at_month_start(
        queries.ladder(now),
        chosen=queries.last_chosen(organisation, now),
        last_month=last_month,
        next_tier=due,
    )
    if tier != organisation.tier_id:
        move(organisation, tier, reason=Reason.MONTH_START, now=now)


def _plan(organisation: Organisation, tier: str | None, now: datetime) -> None:
    """Write which tier is in force from the next month on; None: whatever its users hold."""
    if organisation.next_tier_id != tier:
        starts = next_month(now).date() if tier else None
        write(organisation, {"next_tier_id": tier, "next_tier_on": starts})


def _note_start(organisation: Organisation, now: datetime) -> None:
    # By a query, which tells nobody: admission does not ask for it.
    organisation.tier_month = month(now)
    Organisation.objects.filter(pk=organisation.pk).update(tier_month=organisation.tier_month)


@transaction.atomic
def copy_tier_version(version: TierVersion, *, effective_at: datetime) -> TierVersion:
    """The next version of the tier: the same numbers, from `effective_at` on; to be edited."""
    newest = TierVersion.objects.filter(tier=version.tier_id).order_by("-number").first() or version
    limits = list(version.limits.all())
    copy = TierVersion.objects.get(pk=version.pk)
    copy.pk, copy.number, copy.effective_at = None, newest.number + 1, effective_at
    copy.save(force_insert=True)
    for limit in limits:
        limit.pk, limit.version = None, copy
    Limit.objects.bulk_create(limits)
    return copy

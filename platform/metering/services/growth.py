"""What follows from the number of a month's users: a higher tier, warnings, or no more of them.

Decided while the month's row is held, by the organisation's row as it is then: who calls may have
read an older one.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from foundation.clock import month, month_before
from foundation.events.services import tell
from foundation.events.sockets import Audience
from metering.events import THRESHOLD_REACHED, ThresholdData
from metering.meters import MeterName
from metering.models import UsageMonth
from metering.services.months import LockedMonth
from metering.services.warnings import Nearing, write_to_owners
from tenants import queries
from tenants.models import Organisation
from tenants.queries import Growing
from tenants.rules import tiers as rules
from tenants.rules.tiers import Cap
from tenants.services import tiers


def reach(held: LockedMonth, now: datetime) -> Growing:
    """How far the users of a month that is held may lead the organisation.

    `now` is its own clock's. Its tier is that of the month of `now`, which begins here for it if
    this is the first that is heard of it.
    """
    if held.month < month(now):
        tiers.held(held.organisation_id)  # or this month might begin with a count that is outdated
    found = queries.growing(held.organisation_id, now)
    if found.begins:
        begin_month(held.organisation_id, now=now)
        found = queries.growing(held.organisation_id, now)
    return found


def met(growing: Growing, before: int, new: int) -> Cap | None:
    """The cap that so many users more would break."""
    cap = growing.cap
    return cap if cap is not None and new and before + new > cap.last else None


def room(held: LockedMonth, wanted: int, now: datetime) -> int:
    """For how many of them there is room in the month."""
    cap = None if held.late else reach(held, now).cap
    return wanted if cap is None else min(wanted, max(cap.last - held.mau, 0))


def follow(held: LockedMonth, growing: Growing, users: int, now: datetime) -> None:
    """Let the month's users, which are so many now, lead on their organisation; warn of the end.

    Test keys count, and lead nowhere; in a sandbox they are all that there is.
    """
    stood = growing.standing.tier
    billed = held.livemode == growing.billed_mode
    tier = stood
    if billed and held.month >= month_before(now).date():
        here = rules.rung(growing.ladder, stood)
        if here is not None and not here.holds(users):
            tier = tiers.follow(held.organisation_id, users, ladder=growing.ladder, now=now)
    for each in dict.fromkeys([stood, tier]):
        _tell_of_the_end(held, growing, each, users, billed=billed, now=now)


@transaction.atomic
def begin_month(organisation_id: str, *, now: datetime) -> None:
    """Give the organisation the tier that the month of `now`, by its own clock, begins with.

    Safe to repeat.
    """
    row = tiers.held(organisation_id)
    last_month = UsageMonth.objects.filter(
        organisation=row, livemode=row.billed_mode, month=month_before(now).date()
    ).values_list("mau", flat=True)
    tiers.begin_month(row, last_month=last_month.first() or 0, now=now)


def begin_due(*, now: datetime) -> int:
    """Begin the month of every organisation that has not heard of it; returns how many there were.

    Whoever counts a user begins it too, so nobody waits for this, and it may be late or run twice.
    """
    unseen = Q(tier_month=None) | Q(tier_month__lt=month(now)) | Q(sandbox_of__isnull=False)
    rows = Organisation.objects.filter(unseen, restricted_at=None).order_by("pk")
    begun = 0
    for organisation in rows.only("pk", "tier_month", "clock_ahead_s").iterator():
        moment = organisation.moment(now)
        if organisation.tier_month is None or organisation.tier_month < month(moment):
            begin_month(organisation.pk, now=moment)
            begun += 1
    return begun


def _tell_of_the_end(
    held: LockedMonth,
    growing: Growing,
    tier: str,
    users: int,
    *,
    billed: bool,
    now: datetime,
) -> None:
    """Each warning is crossed once: the month's users only grow, one transaction at a time."""
    here = rules.rung(growing.ladder, tier)
    last = here.last if here else None
    for percent in rules.crossed(last, held.mau, users):
        assert last is not None
        told = ThresholdData(
            meter=MeterName.MAU.value,
            percent=percent,
            used=users,
            limit=last,
            month=f"{held.month:%Y-%m}",
        )
        tell(THRESHOLD_REACHED, told, to=Audience(held.organisation_id, held.livemode), now=now)
        if billed:
            near = Nearing(percent, users, last, tier, told["month"], goes_on=growing.cap is None)
            write_to_owners(held.organisation_id, near, now=now)

"""Reads about tiers: those in force, and those that an organisation stood in or chose."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final

from django.db import connection

from foundation.clock import month
from tenants.models import Organisation, TierChange
from tenants.rules import tiers as rules
from tenants.rules.tiers import Cap, Change, Ladder, Rung, Standing

_LADDER: Final = """
    SELECT tier.slug, version.mau_from, version.mau_to
    FROM tenants_tier AS tier
    JOIN LATERAL
        (SELECT mau_from, mau_to FROM tenants_tierversion
            WHERE tier_id = tier.slug AND effective_at <= %s
            ORDER BY effective_at DESC, number DESC LIMIT 1) AS version ON true
    ORDER BY tier.position, tier.slug
"""


def ladder(now: datetime) -> Ladder:
    """The tiers with a version in force at `now`, in the operator's order."""
    with connection.cursor() as cursor:
        cursor.execute(_LADDER, [now])
        return [Rung(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Growing:
    """How far an organisation may grow, and where to; `begins` is that its tier has not seen the
    start of this month yet."""

    standing: Standing
    ladder: Ladder
    billed_mode: bool
    begins: bool

    @property
    def cap(self) -> Cap | None:
        """See `Standing.cap`."""
        return self.standing.cap(self.ladder)


# With each user who is counted for the first time: one statement.
_GROWING: Final = f"""
    SELECT tier_id, payment_method, restricted_at IS NOT NULL, sandbox_of_id IS NULL, tier_month,
        (SELECT json_agg(json_build_array(slug, mau_from, mau_to)) FROM ({_LADDER}) AS rung)
    FROM tenants_organisation WHERE id = %s
"""  # noqa: S608  (made of constants)


def growing(organisation_id: str, now: datetime) -> Growing:
    """How far it may grow at `now`, as it is in the database."""
    with connection.cursor() as cursor:
        cursor.execute(_GROWING, [now, organisation_id])
        tier, pays, restricted, real, begun, rungs = cursor.fetchone()
    seen: date | None = begun
    return Growing(
        Standing(tier, pays, restricted),
        [Rung(*each) for each in rungs or ()],
        billed_mode=real,
        begins=not restricted and (seen is None or seen < month(now)),
    )


def last_chosen(organisation: Organisation, now: datetime) -> str:
    """The tier that was last chosen by the organisation or for it; where it began, if none was."""
    return rules.chosen_at_last(ladder(now), _changes(organisation), organisation.tier_id)


def chosen_in(organisation: Organisation, start: datetime, end: datetime) -> list[str]:
    """Every tier that was chosen, by it or by the operator, and in force at any time in
    [start, end), the highest last; none if its users alone led it. The month costs no less than
    each of them does."""
    return chosen_floors([organisation.pk], start, end).get(organisation.pk, [])


def chosen_floors(
    organisation_ids: Collection[str], start: datetime, end: datetime
) -> dict[str, list[str]]:
    """`chosen_in` of many organisations with two reads; who has none is not there."""
    steps = ladder(end)
    rows = (
        TierChange.objects.filter(organisation__in=organisation_ids, at__lt=end)
        .order_by("organisation_id", "at", "pk")
        .values_list("organisation_id", "at", "reason", "from_tier_id", "to_tier_id")
    )
    found: dict[str, list[str]] = {}
    for organisation_id, own in groupby(rows, key=lambda row: row[0]):
        spans = rules.choices(steps, rules.in_force(Change(*row[1:]) for row in own))
        chosen = {span.tier for span in spans if span.meets(start, end)}
        if chosen:
            found[organisation_id] = rules.from_lowest(steps, chosen)
    return found


def tiers_in(organisation: Organisation, start: datetime, end: datetime) -> list[str]:
    """Every tier that it stood in at any time in [start, end), in that order, each once."""
    spans = rules.stays(_changes(organisation), organisation.tier_id)
    return list(dict.fromkeys(span.tier for span in spans if span.meets(start, end)))


def _changes(organisation: Organisation) -> list[Change]:
    rows = TierChange.objects.filter(organisation=organisation).order_by("at", "pk")
    told = rows.values_list("at", "reason", "from_tier_id", "to_tier_id")
    return rules.in_force(Change(*row) for row in told)

"""What is left of credits: the sum of their entries."""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, date, datetime

from django.db.models import Q, Sum

from billing.models import Credit, CreditEntry
from billing.rules.months import AvailableCredit


def balances(credit_ids: Collection[str]) -> dict[str, int]:
    """What is left of each credit, in minor units: granted, less used and revoked."""
    sums = CreditEntry.objects.filter(credit__in=credit_ids).values_list("credit")
    return dict(sums.annotate(left=Sum("amount_minor")))


def balance(credit: Credit) -> int:
    """What is left of the credit, in minor units."""
    return balances([credit.pk]).get(credit.pk, 0)


def available(
    organisation_ids: Collection[str], month: date
) -> dict[str, list[tuple[str, AvailableCredit]]]:
    """What the month that begins on the day `month` may use: pairs of a currency and a credit.

    A credit that expires during the month still pays for it; one that had expired when it began,
    or that is empty, is left out.
    """
    start = datetime(month.year, month.month, 1, tzinfo=UTC)
    rows = Credit.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=start), organisation__in=organisation_ids
    )
    left = balances([row.pk for row in rows])
    found: dict[str, list[tuple[str, AvailableCredit]]] = defaultdict(list)
    for row in rows:
        if left.get(row.pk, 0) > 0:
            kept = AvailableCredit(row.pk, row.kind, left[row.pk], row.expires_at)
            found[row.organisation_id].append((row.currency, kept))
    return found

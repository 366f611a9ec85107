"""What shall change a month's statement, told before the month is closed."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from foundation.ids import new_id
from metering.models import Adjustment
from metering.services.months import share
from tenants.models import Organisation


class AdjustmentRefused(ValueError):
    """An adjustment that no open month can take: give back on its invoice, or in an open month."""


@transaction.atomic
def give_service_credit(
    organisation: Organisation, *, month: date, percent: Decimal, reason: str, now: datetime
) -> Adjustment:
    """Take `percent` (more than 0, up to 100) off the usage of the UTC month that holds `month`.

    Its source is its own id. Raises AdjustmentRefused where the month is closed or has not begun.
    """
    month = month.replace(day=1)
    check_service_credit(organisation, month=month, percent=percent, now=now)
    made = new_id("adj", now)
    return Adjustment.objects.create(
        id=made,
        organisation=organisation,
        livemode=organisation.billed_mode,
        month=month,
        kind=Adjustment.Kind.SERVICE_CREDIT,
        percent=percent,
        reason=reason,
        source=made,
        created_at=now,
    )


@transaction.atomic
def check_service_credit(
    organisation: Organisation, *, month: date, percent: Decimal, now: datetime
) -> None:
    """Refuse what no service credit can be; the month stays open until the transaction ends."""
    if not 0 < percent <= 100:
        raise AdjustmentRefused("A service credit is more than 0 and at most 100 percent.")
    month, moment = month.replace(day=1), organisation.moment(now)
    if month > moment.date():
        raise AdjustmentRefused(f"The month {month:%Y-%m} has not begun.")
    if share(organisation.pk, organisation.billed_mode, month, moment):
        raise AdjustmentRefused(
            f"The month {month:%Y-%m} of this organisation is closed: its statement stands. "
            "Adjust a month that is open, or give a credit note on its invoice."
        )

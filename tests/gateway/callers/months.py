"""A month that an organisation is billed for."""

from billing.services.closing import close_organisation
from billing.services.contracts import sign_contract
from foundation.clock import month, month_before, now
from metering.hashes import hash_users
from metering.services import record_active_users
from tenants.models import Organisation


def billed(organisation: Organisation, fan: str) -> tuple[str, str]:
    """A closed month of the organisation's that the fan was active in: its statement and invoice.

    It is the month before the last: the last one may be too young to be closed.
    """
    start = month_before(month_before(now()))
    organisation.refresh_from_db()
    sign_contract(
        organisation=organisation, starts_at=start, minimum_commitment_minor=5_000, now=now()
    )
    record_active_users(
        organisation=organisation,
        livemode=True,
        users=hash_users(organisation.pk, [fan], livemode=True, now=start),
        now=start,
    )
    statement = close_organisation(organisation, month(start), now())
    return statement.pk, statement.invoice.pk

"""Letters to who pays, whenever an organisation's standing changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from billing.models import BillingAccount
from billing.services.collection import accounts
from foundation.mail import services as mail

GOOD, GRACE = BillingAccount.Standing.GOOD, BillingAccount.Standing.GRACE
RESTRICTED = BillingAccount.Standing.RESTRICTED
_SUBJECTS: Final[Mapping[str, str]] = {
    GRACE: "{name}: an invoice is not paid",
    RESTRICTED: "{name} has the limits of the first tier, until its invoices are paid",
    GOOD: "{name}: everything is paid",
}
_TEXTS: Final[Mapping[str, str]] = {
    GRACE: (
        "A payment of {name} was refused, or an invoice was not paid in its time. Nothing changes "
        "until {ends:%d %B %Y}; from then on its limits would be those of the first tier. A "
        "payment method that is entered before is charged at once."
    ),
    RESTRICTED: (
        "Invoices of {name} are still not paid. Its limits are those of the first tier now, and "
        "users who are new this month may be refused. No data is lost, and all of it comes back as "
        "soon as they are paid."
    ),
    GOOD: "Everything that {name} owed is paid. It has the tier that it had before.",
}
_END: Final = (
    "\n\nWhat is owed, and where a payment method is entered: /docs/reference/billing-states on "
    "your Tifo platform.\n"
)


def write_of(account: BillingAccount, moment: datetime) -> None:
    """Tell who pays how the organisation stands now; a sandbox owes nobody anything."""
    organisation = account.organisation
    address = accounts.payer_of(account).email
    if organisation.sandbox or not address:
        return
    told = {"name": organisation.name, "ends": account.grace_ends_at}
    mail.write(
        source=f"standing:{account.pk}:{account.standing}:{moment.isoformat()}",
        to=[address],
        subject=_SUBJECTS[account.standing].format(**told),
        text=_TEXTS[account.standing].format(**told) + _END,
        now=moment,
    )

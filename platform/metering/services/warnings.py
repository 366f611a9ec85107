"""Letters to an organisation's owners when its users near the last one that its tier holds."""

from dataclasses import dataclass
from datetime import datetime

from foundation.mail import services as mail
from tenants.models import Member, Organisation, Tier


@dataclass(frozen=True)
class Nearing:
    """How many of a tier's users of a month there are; `goes_on` is that a higher tier follows."""

    percent: int
    used: int
    limit: int
    tier: str
    month: str
    goes_on: bool


def write_to_owners(organisation_id: str, near: Nearing, *, now: datetime) -> None:
    """Write it to each owner, once for a month, a tier and a percentage."""
    owners = Member.objects.filter(organisation=organisation_id, role=Member.Role.OWNER)
    addresses = list(owners.values_list("email", flat=True))
    if not addresses:
        return
    name = Organisation.objects.values_list("name", flat=True).get(pk=organisation_id)
    tier = Tier.objects.get(pk=near.tier).name
    mail.write(
        source=f"mau:{organisation_id}:{near.month}:{near.limit}:{near.percent}",
        to=addresses,
        subject=f"{name}: {near.percent} % of the users of {tier} in {near.month}",
        text=_text(name, tier, near),
        now=now,
    )


def _text(name: str, tier: str, near: Nearing) -> str:
    follows = (
        "Nothing stops: the next user beyond moves your organisation to the next tier, at that "
        "tier's limits and prices."
        if near.goes_on
        else "Users who were counted this month go on. A new one beyond the last is refused (402, "
        "mau-limit-reached) until the next month begins, unless you attach a payment method before."
    )
    return (
        f"{name} has had {near.used:,} monthly active users in {near.month}. Its tier, {tier}, "
        f"holds {near.limit:,}.\n\n{follows}\n\n"
        "How users are counted, and what each tier holds: /docs/reference/tiers on your Tifo "
        "platform.\n"
    )

"""The bill to the cent: nothing on Beta, the published price for each fan on Pro."""

from decimal import ROUND_HALF_UP, Decimal

from demo.acts.fans import FANS
from demo.cast import Cast
from demo.report import Check
from tifo_client.shapes import InvoicePreview


async def settle(cast: Cast) -> list[Check]:
    """Read Beta's bill, move to Pro, and read the same month's bill again."""
    office = cast.office
    beta = await cast.call(office.invoices.preview)
    organisation = await cast.call(office.organisation.update, tier="pro")
    cast.say("bill", f"moved to {organisation.tier.title()}; limits and prices moved with it")
    pro = await cast.call(office.invoices.preview)
    tiers = {tier.slug: tier for tier in await cast.call(office.tiers.list)}
    price = Decimal(tiers["pro"].price_per_mau)
    cast.say(
        "bill",
        f"{_dollars(pro.total_minor)} so far, {_dollars(pro.projected_total_minor)} at this pace",
    )
    right = (
        (beta.tier, beta.total_minor) == ("beta", 0)
        and (pro.tier, pro.total_minor) == ("pro", _cents(price * FANS))
        and pro.projected_total_minor == _cents(price * pro.projected_mau)
        and pro.projected_mau >= FANS
    )
    return [Check("Bill", right, _said(beta, pro, price))]


def _said(beta: InvoicePreview, pro: InvoicePreview, price: Decimal) -> str:
    return (
        f"Beta {_dollars(beta.total_minor)}; Pro {FANS} × ${price.normalize():f} = "
        f"{_dollars(pro.total_minor)} so far, {_dollars(pro.projected_total_minor)} projected"
    )


def _cents(amount: Decimal) -> int:
    return int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))


def _dollars(cents: int) -> str:
    return f"${Decimal(cents) / 100:.2f}"

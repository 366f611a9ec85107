"""The end of a subscription's period: a draft of what its meters counted."""

from decimal import Decimal

from tests.stripe.stand_in.billing import rating, usage
from tests.stripe.stand_in.invoices import finalising, invoices, totals
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire.shapes import Object


def items_of(account: Account, subscription: Object) -> list[Object]:
    return [
        account.get("subscription_item", each)
        for each in account.hide(subscription["id"]).get("items", [])
    ]


def render(account: Account, subscription: Object) -> Object:
    subscription["items"] = {
        "object": "list",
        "data": [account.rendered(item) for item in items_of(account, subscription)],
        "has_more": False,
        "url": f"/v1/subscription_items?subscription={subscription['id']}",
    }
    return subscription


def close(account: Account, subscription: Object, end: int) -> Object:
    """Drafts the period's invoice, which is rated again when it is finalised."""
    customer = account.get("customer", subscription["customer"])
    details = {
        "metadata": dict(subscription["metadata"]),
        "subscription": subscription["id"],
        "subscription_proration_date": None,
    }
    invoice = invoices.make(
        account,
        customer,
        subscription["currency"],
        {
            "auto_advance": True,
            "automatic_tax": dict(subscription["automatic_tax"]),
            "billing_reason": "subscription_cycle",
            "collection_method": subscription["collection_method"],
            "default_payment_method": subscription["default_payment_method"],
            "parent": {
                "type": "subscription_details",
                "quote_details": None,
                "subscription_details": details,
            },
        },
    )
    start = items_of(account, subscription)[0]["current_period_start"]
    invoice |= {"created": end, "period_start": start, "period_end": end}
    if subscription["days_until_due"]:
        invoice["due_date"] = end + subscription["days_until_due"] * invoices.DAY_S
    hidden = account.hide(invoice["id"])
    hidden |= {"finalises_at": end + account.settings.meter_grace_s, "period": (start, end)}
    subscription["latest_invoice"] = invoice["id"]
    rate(account, invoice)
    account.tell("invoice.created", invoice)
    return invoice


def rate(account: Account, invoice: Object) -> None:
    """The lines of what was counted by now; anew each time."""
    named = invoices.subscription_of(invoice)
    if named is None:
        return
    start, end = account.hide(invoice["id"])["period"]
    held = account.hide(invoice["id"]).setdefault("lines", [])
    for each in list(held):
        line = account.get("line_item", each)
        if line["parent"]["type"] == "subscription_item_details":
            held.remove(each)
            account.drop(line)
    for item in items_of(account, account.get("subscription", named)):
        price = account.get("price", item["price"]["id"])
        meter = account.get("billing.meter", price["recurring"]["meter"])
        # Stripe floors the total of a period at nothing.
        counted = max(usage.value(account, meter, invoice["customer"], start, end), Decimal(0))
        tiers = account.hide(price["id"])["tiers"]
        for quantity, unit, amount in rating.charges(price, tiers, counted):
            line = _line(account, invoice, item, price, (start, end), amount)
            line |= {"quantity": int(quantity), "quantity_decimal": str(quantity)}
            line["pricing"]["unit_amount_decimal"] = str(unit)
            held.append(line["id"])
    totals.recompute(account, invoice)


def _line(
    account: Account,
    invoice: Object,
    item: Object,
    price: Object,
    period: tuple[int, int],
    amount: int,
) -> Object:
    details = {
        "invoice_item": None,
        "proration": False,
        "proration_details": {"credited_items": None},
        "subscription": item["subscription"],
        "subscription_item": item["id"],
    }
    product = account.get("product", price["product"])
    return account.make(
        "line_item",
        amount=amount,
        subtotal=amount,
        currency=price["currency"],
        description=product["name"],
        discountable=True,
        discounts=[],
        discount_amounts=[],
        pretax_credit_amounts=[],
        invoice=invoice["id"],
        period={"start": period[0], "end": period[1]},
        subscription=item["subscription"],
        pricing={
            "type": "price_details",
            "price_details": {"price": price["id"], "product": product["id"]},
        },
        taxes=[],
        parent={
            "type": "subscription_item_details",
            "invoice_item_details": None,
            "subscription_item_details": details,
        },
    )


def end(account: Account, subscription: Object) -> None:
    now = account.now(subscription)
    subscription |= {"status": "canceled", "canceled_at": now, "ended_at": now}
    account.tell("customer.subscription.deleted", subscription)


finalising.BEFORE.append(rate)

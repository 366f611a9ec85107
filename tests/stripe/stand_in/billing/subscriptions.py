"""Subscriptions to metered monthly prices: as far as a Stripe meter needs them."""

from calendar import monthrange
from datetime import UTC, datetime

from stripe.params._subscription_cancel_params import SubscriptionCancelParams
from stripe.params._subscription_create_params import SubscriptionCreateParams
from stripe.params._subscription_list_params import SubscriptionListParams
from stripe.params._subscription_retrieve_params import SubscriptionRetrieveParams
from stripe.params._subscription_update_params import SubscriptionUpdateParams

from tests.stripe.stand_in.billing import cycles
from tests.stripe.stand_in.customers.customers import living, metadata
from tests.stripe.stand_in.invoices.invoices import automatic_tax
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import InvalidRequest, NotModelled
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object, shape


def month_after(at: int, anchor: int) -> int:
    """The anchor's day and time in the month after `at`, or that month's last day."""
    then, anchored = datetime.fromtimestamp(at, UTC), datetime.fromtimestamp(anchor, UTC)
    year, month = then.year + then.month // 12, then.month % 12 + 1
    day = min(anchored.day, monthrange(year, month)[1])
    return int(anchored.replace(year=year, month=month, day=day).timestamp())


@route(
    "POST",
    "/v1/subscriptions",
    SubscriptionCreateParams,
    "customer items billing_cycle_anchor proration_behavior collection_method metadata description "
    "default_payment_method automatic_tax off_session days_until_due",
)
def create(call: Call) -> Object:
    account, params = call.account, call.params
    customer = living(account, params.get("customer", ""))
    prices = _prices(call)
    now = account.now(customer)
    anchor = params.get("billing_cycle_anchor", now)
    if not now <= anchor <= month_after(now, now):
        message = "billing_cycle_anchor must be in the future, and within the first period."
        raise InvalidRequest(message, param="billing_cycle_anchor")
    end = anchor if anchor > now else month_after(now, anchor)
    tax = params.get("automatic_tax", {}).get("enabled", False)
    given = call.given("collection_method", "description", "default_payment_method", "metadata")
    subscription = account.make(
        "subscription",
        **{"collection_method": "charge_automatically"} | given,
        automatic_tax=automatic_tax(enabled=tax),
        billing_cycle_anchor=anchor,
        billing_mode={"type": "flexible", "flexible": None, "updated_at": None},
        billing_schedules=[],
        cancel_at_period_end=False,
        created=now,
        currency=prices[0]["currency"],
        customer=customer["id"],
        days_until_due=params.get("days_until_due"),
        discounts=[],
        invoice_settings={"account_tax_ids": None, "issuer": {"type": "self"}},
        items={},
        start_date=now,
        status="active",
        test_clock=customer["test_clock"],
    )
    customer["currency"] = customer["currency"] or prices[0]["currency"]
    for price in prices:
        _add(account, subscription, price, now, end)
    account.tell("customer.subscription.created", subscription)
    return account.rendered(subscription)


def _prices(call: Call) -> list[Object]:
    found = []
    for at, item in enumerate(call.params.get("items", [])):
        for name in item.keys() - {"price", "metadata"}:
            raise NotModelled(f"{name} of a subscription's item", f"items[{at}][{name}]")
        price = call.account.get("price", item.get("price", ""), f"items[{at}][price]")
        if price["type"] != "recurring":
            message = "The price specified is set to `type=one_time`."
            raise InvalidRequest(message, param=f"items[{at}][price]")
        found.append(price)
    if not found or len({price["currency"] for price in found}) > 1:
        message = "A subscription has items, all of one currency."
        raise InvalidRequest(message, code="parameter_missing", param="items")
    return found


def _add(account: Account, subscription: Object, price: Object, start: int, end: int) -> None:
    item = account.make(
        "subscription_item",
        created=start,
        current_period_start=start,
        current_period_end=end,
        discounts=[],
        plan=shape(
            "plan",
            id=price["id"],
            active=True,
            billing_scheme=price["billing_scheme"],
            created=price["created"],
            currency=price["currency"],
            interval="month",
            interval_count=1,
            usage_type="metered",
        ),
        price=account.rendered(price),
        subscription=subscription["id"],
    )
    account.hide(subscription["id"]).setdefault("items", []).append(item["id"])


@route("GET", "/v1/subscriptions/{id}", SubscriptionRetrieveParams)
def retrieve(call: Call) -> Object:
    return call.account.rendered(call.account.get("subscription", call.path["id"]))


@route(
    "POST",
    "/v1/subscriptions/{id}",
    SubscriptionUpdateParams,
    "metadata cancel_at_period_end default_payment_method description",
)
def update(call: Call) -> Object:
    account, params = call.account, call.params
    subscription = account.get("subscription", call.path["id"])
    subscription |= call.given("cancel_at_period_end", "default_payment_method", "description")
    if "metadata" in params:
        subscription["metadata"] = metadata(subscription["metadata"], params["metadata"])
    account.tell("customer.subscription.updated", subscription)
    return account.rendered(subscription)


@route("DELETE", "/v1/subscriptions/{id}", SubscriptionCancelParams, "invoice_now prorate")
def cancel(call: Call) -> Object:
    """At once; what was used is billed only if `invoice_now` says so."""
    account = call.account
    subscription = account.get("subscription", call.path["id"])
    if subscription["status"] == "canceled":
        raise InvalidRequest("This subscription is canceled already.")
    if call.params.get("invoice_now"):
        cycles.close(account, subscription, account.now(subscription))
    cycles.end(account, subscription)
    return account.rendered(subscription)


@route(
    "GET",
    "/v1/subscriptions",
    SubscriptionListParams,
    "customer status created limit starting_after ending_before",
)
def list_(call: Call) -> Object:
    """Canceled ones only where they are asked for."""
    status = call.params.get("status")
    rows = listing.newest_first(call.account, "subscription", customer=call.params.get("customer"))
    if status != "all":
        wanted = (status,) if status else ("active", "past_due", "unpaid", "trialing")
        rows = [row for row in rows if row["status"] in wanted]
    return listing.page(call, listing.within(rows, call.params.get("created")), "/v1/subscriptions")


def run(account: Account) -> None:
    """Ends every period that is over."""
    for subscription in account.all("subscription"):
        if subscription["status"] != "active":
            continue
        while True:
            items = cycles.items_of(account, subscription)
            end = items[0]["current_period_end"]
            if end > account.now(subscription):
                break
            cycles.close(account, subscription, end)
            if subscription["cancel_at_period_end"]:
                cycles.end(account, subscription)
                break
            after = month_after(end, subscription["billing_cycle_anchor"])
            for item in items:
                item |= {"current_period_start": end, "current_period_end": after}
            account.tell("customer.subscription.updated", subscription)

"""Products and prices: what a unit costs, in tiers if it is tiered."""

from decimal import Decimal
from typing import Any

from stripe.params._price_create_params import PriceCreateParams
from stripe.params._price_list_params import PriceListParams
from stripe.params._price_retrieve_params import PriceRetrieveParams
from stripe.params._product_create_params import ProductCreateParams
from stripe.params._product_list_params import ProductListParams
from stripe.params._product_retrieve_params import ProductRetrieveParams

from tests.stripe.stand_in.state import currencies
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import InvalidRequest, NotModelled
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object

MOST_DECIMALS = 12
_PAGED = "active created limit starting_after ending_before"


def make_product(account: Account, name: str, **fields: Any) -> Object:
    now = account.now()
    made = account.make(
        "product",
        **{"active": True} | fields,
        created=now,
        updated=now,
        name=name,
        images=[],
        marketing_features=[],
        type="service",
    )
    account.tell("product.created", made)
    return made


@route(
    "POST", "/v1/products", ProductCreateParams, "name id active description metadata unit_label"
)
def create_product(call: Call) -> Object:
    named = call.params.get("id")
    if named and call.account.find("product", named):
        message = "Product already exists."
        raise InvalidRequest(message, code="resource_already_exists", param="id")
    given = call.given("id", "active", "description", "metadata", "unit_label")
    return call.account.rendered(make_product(call.account, call.params["name"], **given))


@route("GET", "/v1/products/{id}", ProductRetrieveParams)
def retrieve_product(call: Call) -> Object:
    return call.account.rendered(call.account.get("product", call.path["id"]))


@route("GET", "/v1/products", ProductListParams, _PAGED)
def list_products(call: Call) -> Object:
    rows = listing.newest_first(call.account, "product", active=call.params.get("active"))
    return listing.page(call, listing.within(rows, call.params.get("created")), "/v1/products")


@route(
    "POST",
    "/v1/prices",
    PriceCreateParams,
    "active billing_scheme currency lookup_key metadata nickname product product_data recurring "
    "tiers tiers_mode unit_amount unit_amount_decimal tax_behavior",
)
def create(call: Call) -> Object:
    account, params = call.account, call.params
    currency = currencies.known(params["currency"])
    recurring = _recurring(account, params.get("recurring"))
    amounts, tiers = _amounts(params)
    if ("product" in params) == ("product_data" in params):
        message = "You must specify exactly one of product and product_data."
        raise InvalidRequest(message, param="product")
    if "product" in params:
        product = account.get("product", params["product"], "product")["id"]
    else:
        product = make_product(account, params["product_data"]["name"])["id"]
    price = account.make(
        "price",
        **{"active": True, "tax_behavior": "unspecified"}
        | call.given("active", "lookup_key", "metadata", "nickname", "tax_behavior")
        | amounts,
        created=account.now(),
        currency=currency,
        product=product,
        recurring=recurring,
        type="recurring" if recurring else "one_time",
    )
    account.hide(price["id"])["tiers"] = tiers
    account.tell("price.created", price)
    return account.rendered(price)


def _recurring(account: Account, given: Any) -> Object | None:
    if not given:
        return None
    usage = given.get("usage_type", "licensed")
    if given["interval"] != "month" or given.get("interval_count", 1) != 1:
        raise NotModelled("intervals other than one month", "recurring[interval]")
    if usage != "metered":
        raise NotModelled("prices that are not metered", "recurring[usage_type]")
    if "meter" not in given:
        message = "Metered prices must have a meter."
        raise InvalidRequest(message, param="recurring[meter]")
    meter = account.get("billing.meter", given["meter"], "recurring[meter]")
    if meter["status"] != "active":
        message = "A meter that was deactivated cannot be attached to a price."
        raise InvalidRequest(message, param="recurring[meter]")
    none = {"trial_period_days": None}
    return {"interval": "month", "interval_count": 1, "usage_type": usage, **none, **given}


def _amounts(params: dict[str, Any]) -> tuple[Object, list[Object]]:
    if params.get("billing_scheme", "per_unit") == "per_unit":
        if "tiers" in params or "tiers_mode" in params:
            message = "Tiers need billing_scheme=tiered."
            raise InvalidRequest(message, param="tiers")
        unit = _amount(params, "unit_amount", "unit_amount")
        return {"billing_scheme": "per_unit", **_pair("unit_amount", unit)}, []
    if "tiers" not in params or "tiers_mode" not in params:
        message = "A tiered price has tiers and a tiers_mode."
        raise InvalidRequest(message, code="parameter_missing", param="tiers")
    scheme = {"billing_scheme": "tiered", "tiers_mode": params["tiers_mode"]}
    return scheme, _tiers(params["tiers"])


def _tiers(given: list[Any]) -> list[Object]:
    """From the lowest to the one without end."""
    found: list[Object] = []
    for at, tier in enumerate(given):
        last, ends = at == len(given) - 1, tier["up_to"]
        before = found[-1]["up_to"] if found else 0
        if (ends == "inf") != last or (not last and ends <= before):
            message = "Tiers rise, and the last one, and only it, is up_to=inf."
            raise InvalidRequest(message, param=f"tiers[{at}][up_to]")
        if not any(name.startswith(("unit_amount", "flat_amount")) for name in tier):
            message = "A tier has a unit_amount or a flat_amount."
            raise InvalidRequest(message, param=f"tiers[{at}]")
        flat = _amount(tier, "flat_amount", f"tiers[{at}][flat_amount]", missing=None)
        unit = _amount(tier, "unit_amount", f"tiers[{at}][unit_amount]", missing=None)
        amounts = _pair("flat_amount", flat) | _pair("unit_amount", unit)
        found.append({"up_to": None if last else ends, **amounts})
    return found


def _amount(
    given: dict[str, Any], name: str, param: str, missing: Decimal | None = Decimal(-1)
) -> Decimal | None:
    if name in given and f"{name}_decimal" in given:
        message = f"Only one of {name} and {name}_decimal can be set."
        raise InvalidRequest(message, code="parameters_exclusive", param=param)
    sent = given.get(f"{name}_decimal", given.get(name, missing))
    if sent is None:
        return None
    amount = Decimal(sent)
    exponent = amount.as_tuple().exponent
    if amount < 0 or not isinstance(exponent, int) or -exponent > MOST_DECIMALS:
        message = f"{name} is at least 0, with at most {MOST_DECIMALS} decimals."
        raise InvalidRequest(message, param=param)
    return amount


def _pair(name: str, amount: Decimal | None) -> Object:
    """An amount twice: as a whole number if it is one, and as text."""
    whole = amount is not None and amount == amount.to_integral_value()
    text = None if amount is None else format(amount.normalize(), "f")
    return {name: int(amount) if amount is not None and whole else None, f"{name}_decimal": text}


@route("GET", "/v1/prices/{id}", PriceRetrieveParams)
def retrieve(call: Call) -> Object:
    return call.account.rendered(call.account.get("price", call.path["id"]))


@route("GET", "/v1/prices", PriceListParams, f"{_PAGED} product currency type lookup_keys")
def list_(call: Call) -> Object:
    equal = {name: call.params.get(name) for name in ("active", "product", "currency", "type")}
    rows = listing.newest_first(call.account, "price", **equal)
    if "lookup_keys" in call.params:
        rows = [row for row in rows if row["lookup_key"] in call.params["lookup_keys"]]
    return listing.page(call, listing.within(rows, call.params.get("created")), "/v1/prices")


def tiers_of(account: Account, price: Object) -> list[Object] | None:
    return account.hide(price["id"])["tiers"] or None


listing.INCLUDED["price", "tiers"] = tiers_of

"""Meters: which events they hear, and what they make of them."""

from stripe.params.billing._meter_create_params import MeterCreateParams
from stripe.params.billing._meter_deactivate_params import MeterDeactivateParams
from stripe.params.billing._meter_list_params import MeterListParams
from stripe.params.billing._meter_reactivate_params import MeterReactivateParams
from stripe.params.billing._meter_retrieve_params import MeterRetrieveParams
from stripe.params.billing._meter_update_params import MeterUpdateParams

from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import InvalidRequest
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object


@route(
    "POST",
    "/v1/billing/meters",
    MeterCreateParams,
    "display_name event_name default_aggregation customer_mapping value_settings event_time_window",
)
def create(call: Call) -> Object:
    account, params = call.account, call.params
    name = params["event_name"]
    heard = {each["event_name"] for each in account.all("billing.meter")}
    if name in heard:
        message = f"A meter with the event name '{name}' exists already."
        raise InvalidRequest(message, param="event_name")
    now = account.now()
    meter = account.make(
        "billing.meter",
        **call.given("display_name", "event_name", "default_aggregation", "event_time_window"),
        created=now,
        updated=now,
        customer_mapping=params.get(
            "customer_mapping", {"event_payload_key": "stripe_customer_id", "type": "by_id"}
        ),
        value_settings=params.get("value_settings", {"event_payload_key": "value"}),
        status="active",
        status_transitions={"deactivated_at": None},
    )
    account.tell("billing.meter.created", meter)
    return account.rendered(meter)


@route("GET", "/v1/billing/meters/{id}", MeterRetrieveParams)
def retrieve(call: Call) -> Object:
    return call.account.rendered(call.account.get("billing.meter", call.path["id"]))


@route("POST", "/v1/billing/meters/{id}", MeterUpdateParams, "display_name")
def update(call: Call) -> Object:
    meter = call.account.get("billing.meter", call.path["id"])
    meter |= call.given("display_name") | {"updated": call.account.now()}
    call.account.tell("billing.meter.updated", meter)
    return call.account.rendered(meter)


@route("POST", "/v1/billing/meters/{id}/deactivate", MeterDeactivateParams)
def deactivate(call: Call) -> Object:
    return _switched(call, "inactive", "billing.meter.deactivated")


@route("POST", "/v1/billing/meters/{id}/reactivate", MeterReactivateParams)
def reactivate(call: Call) -> Object:
    return _switched(call, "active", "billing.meter.reactivated")


def _switched(call: Call, status: str, happened: str) -> Object:
    account, now = call.account, call.account.now()
    meter = account.get("billing.meter", call.path["id"])
    if meter["status"] == status:
        raise InvalidRequest(f"The meter is {status} already.")
    meter |= {"status": status, "updated": now}
    meter["status_transitions"] = {"deactivated_at": now if status == "inactive" else None}
    account.tell(happened, meter)
    return account.rendered(meter)


@route("GET", "/v1/billing/meters", MeterListParams, "status limit starting_after ending_before")
def list_(call: Call) -> Object:
    rows = listing.newest_first(call.account, "billing.meter", status=call.params.get("status"))
    return listing.page(call, rows, "/v1/billing/meters")

"""Meter events as they come in: taken at once, counted later; and what is read of them."""

from datetime import datetime
from typing import Any

from stripe.params.billing._meter_event_adjustment_create_params import (
    MeterEventAdjustmentCreateParams,
)
from stripe.params.billing._meter_event_create_params import MeterEventCreateParams
from stripe.params.billing._meter_event_summary_list_params import MeterEventSummaryListParams
from stripe.params.v2.billing._meter_event_create_params import (
    MeterEventCreateParams as SecondCreateParams,
)

from tests.stripe.stand_in.billing import thin, usage
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import InvalidRequest, ParameterRefused
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object, shape

UNIQUE_FOR_S = CANCELLED_WITHIN_S = 24 * 3600
LONGEST_IDENTIFIER = 100
MINUTE_S = 60


def _take(account: Account, params: dict[str, Any], timestamp: int | None) -> usage.Row:
    now = account.clock.now()
    identifier = params.get("identifier") or account.new_id("x", 32)[2:]
    if len(identifier) > LONGEST_IDENTIFIER:
        message = f"Invalid string: must be at most {LONGEST_IDENTIFIER} characters"
        raise InvalidRequest(message, param="identifier")
    for row in usage.rows(account):
        if row.identifier == identifier and row.received_at > now - UNIQUE_FOR_S:
            refused = InvalidRequest(f"An event already exists with identifier {identifier}.")
            refused.headers["Stripe-Should-Retry"] = "false"
            raise refused
    at = _owner_now(account, params["payload"]) if timestamp is None else timestamp
    if account.settings.meter_errors_at_once:
        early = usage.out_of_bounds(at, _owner_now(account, params["payload"]))
        if early:
            raise InvalidRequest(early.message, code=early.code, param="timestamp")
    row = usage.Row(params["event_name"], identifier, params["payload"], at, now, account.origin)
    usage.rows(account).append(row)
    usage.settle(account)
    return row


def _owner_now(account: Account, payload: dict[str, str]) -> int:
    """By the test clock of the customer that the payload names, if it names one."""
    owners = (account.find("customer", named) for named in payload.values())
    return account.now(next(filter(None, owners), None))


@route(
    "POST",
    "/v1/billing/meter_events",
    MeterEventCreateParams,
    "event_name payload identifier timestamp",
)
def create(call: Call) -> Object:
    row = _take(call.account, call.params, call.params.get("timestamp"))
    return shape(
        "billing.meter_event",
        created=row.received_at,
        event_name=row.event_name,
        identifier=row.identifier,
        payload=row.payload,
        timestamp=row.timestamp,
    )


@route(
    "POST",
    "/v2/billing/meter_events",
    SecondCreateParams,
    "event_name payload identifier timestamp",
)
def create_by_second_api(call: Call) -> Object:
    text = call.params.get("timestamp")
    try:
        timestamp = int(datetime.fromisoformat(text).timestamp()) if text else None
    except ValueError:
        raise ParameterRefused(f"Invalid timestamp: {text}", param="timestamp") from None
    row = _take(call.account, call.params, timestamp)
    return shape(
        "v2.billing.meter_event",
        created=thin.written(row.received_at),
        event_name=row.event_name,
        identifier=row.identifier,
        payload=row.payload,
        timestamp=thin.written(row.timestamp),
    )


@route(
    "POST",
    "/v1/billing/meter_event_adjustments",
    MeterEventAdjustmentCreateParams,
    "cancel event_name type",
)
def adjust(call: Call) -> Object:
    account, params = call.account, call.params
    identifier = params.get("cancel", {}).get("identifier")
    if identifier is None:
        message = "Missing required param: cancel[identifier]."
        raise InvalidRequest(message, code="parameter_missing", param="cancel[identifier]")
    name = params["event_name"]
    wanted = [
        row
        for row in usage.rows(account)
        if row.identifier == identifier and row.event_name == name and not row.cancelled
    ]
    if not wanted or wanted[-1].received_at <= account.clock.now() - CANCELLED_WITHIN_S:
        message = f"No event with the identifier {identifier} was received in the last 24 hours."
        raise InvalidRequest(message, param="cancel[identifier]")
    wanted[-1].cancelled = True
    cancel = {"identifier": identifier}
    return shape(
        "billing.meter_event_adjustment",
        cancel=cancel,
        event_name=name,
        status="pending",
        type="cancel",
    )


@route(
    "GET",
    "/v1/billing/meters/{id}/event_summaries",
    MeterEventSummaryListParams,
    "customer start_time end_time value_grouping_window limit starting_after ending_before",
)
def list_summaries(call: Call) -> Object:
    account, params = call.account, call.params
    meter = account.get("billing.meter", call.path["id"])
    account.get("customer", params["customer"], "customer")
    start, end = params["start_time"], params["end_time"]
    step = usage.WINDOWS.get(params.get("value_grouping_window", ""), 0)
    for name, at in (("start_time", start), ("end_time", end)):
        if at % (step or MINUTE_S):
            message = f"{name} must be aligned with {'minute' if not step else 'window'} boundaries"
            raise InvalidRequest(message, param=name)
    if end <= start:
        raise InvalidRequest("end_time must be after start_time", param="end_time")
    edges = list(range(start, end, step)) if step else [start]
    found = [
        _summary(account, meter, params["customer"], at, min(at + (step or end), end))
        for at in reversed(edges)
    ]
    return listing.page(call, found, f"/v1/billing/meters/{meter['id']}/event_summaries")


def _summary(account: Account, meter: Object, customer: str, start: int, end: int) -> Object:
    """Its number is a float, as Stripe's is."""
    return shape(
        "billing.meter_event_summary",
        id=f"mtrusg_test_{meter['id'][-8:]}{start}",
        aggregated_value=float(usage.value(account, meter, customer, start, end)),
        start_time=start,
        end_time=end,
        meter=meter["id"],
    )

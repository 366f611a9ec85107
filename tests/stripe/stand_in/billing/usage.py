"""Meter events after they were taken: counted later, refused later, summed by their meter."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from tests.stripe.stand_in.billing import thin
from tests.stripe.stand_in.state.account import Account, Origin
from tests.stripe.stand_in.wire.shapes import Object

DAY_S, HOUR_S = 24 * 3600, 3600
EARLIEST_S, LATEST_S = 35 * DAY_S, 300
MOST_DIGITS = 15
WINDOWS = {"day": DAY_S, "hour": HOUR_S}
_SAMPLES = 10


@dataclass
class Row:
    """A meter event as it was received; `customer` and `value` are known once it was counted."""

    event_name: str
    identifier: str
    payload: dict[str, str]
    timestamp: int
    received_at: int
    origin: Origin
    settled: bool = False
    cancelled: bool = False
    meter: str = ""
    customer: str = ""
    value: Decimal = Decimal(0)


@dataclass(frozen=True)
class Refusal:
    code: str
    message: str


def rows(account: Account) -> list[Row]:
    held: list[Row] = account.hide("meter events").setdefault("rows", [])
    return held


def out_of_bounds(at: int, now: int) -> Refusal | None:
    if at < now - EARLIEST_S:
        return Refusal("timestamp_too_far_in_past", "The timestamp is more than 35 days ago.")
    if at > now + LATEST_S:
        return Refusal("timestamp_in_future", "The timestamp is over 5 minutes in the future.")
    return None


def settle(account: Account) -> None:
    """Counts or refuses what was received as long ago as the lag."""
    latest = account.clock.now() - account.settings.meter_lag_s
    refused: dict[str, list[tuple[Row, Refusal]]] = defaultdict(list)
    for row in rows(account):
        if not row.settled and row.received_at <= latest:
            row.settled = True
            refusal = _count(account, row)
            if refusal:
                refused[row.meter].append((row, refusal))
    for meter, errors in refused.items():
        _report(account, account.find("billing.meter", meter), errors)


def _count(account: Account, row: Row) -> Refusal | None:
    found = [m for m in account.all("billing.meter") if m["event_name"] == row.event_name]
    if not found:
        return Refusal("no_meter", f"No meter was found for the event name {row.event_name}.")
    meter = found[0]
    row.meter = meter["id"]
    if meter["status"] != "active":
        return Refusal("archived_meter", "The meter is archived.")
    customer = row.payload.get(meter["customer_mapping"]["event_payload_key"])
    if customer is None:
        return Refusal("meter_event_no_customer_defined", "The payload names no customer.")
    owner = account.find("customer", customer)
    if owner is None or owner.get("deleted"):
        return Refusal("meter_event_customer_not_found", f"No customer {customer} was found.")
    refusal = out_of_bounds(row.timestamp, account.now(owner)) or _value(meter, row)
    if refusal is None:
        row.customer = customer
    return refusal


def _value(meter: Object, row: Row) -> Refusal | None:
    if meter["default_aggregation"]["formula"] == "count":
        row.value = Decimal(1)
        return None
    text = row.payload.get(meter["value_settings"]["event_payload_key"], "")
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        return Refusal("meter_event_invalid_value", f"The value '{text}' is not a number.")
    if len(value.as_tuple().digits) > MOST_DIGITS:
        return Refusal("meter_event_value_too_many_digits", "The value has over 15 digits.")
    row.value = value
    return None


def _report(account: Account, meter: Object | None, errors: list[tuple[Row, Refusal]]) -> None:
    by_code: dict[str, list[tuple[Row, Refusal]]] = defaultdict(list)
    for row, refusal in errors:
        by_code[refusal.code].append((row, refusal))
    now = account.clock.now()
    data = {
        "developer_message_summary": f"There are {len(errors)} invalid events.",
        "reason": {
            "error_count": len(errors),
            "error_types": [_type(code, held) for code, held in by_code.items()],
        },
        "validation_start": thin.written(now - 15),
        "validation_end": thin.written(now),
    }
    happened = "error_report_triggered" if meter else "no_meter_found"
    thin.tell(account, f"v1.billing.meter.{happened}", data, meter)


def _type(code: str, errors: list[tuple[Row, Refusal]]) -> Object:
    samples = [
        {
            "error_message": refusal.message,
            "request": {"identifier": row.origin.idempotency_key or row.origin.id},
        }
        for row, refusal in errors[:_SAMPLES]
    ]
    return {"code": code, "error_count": len(errors), "sample_errors": samples}


def value(account: Account, meter: Object, customer: str, start: int, end: int) -> Decimal:
    """What the meter makes of the events in start ≤ t < end that were counted by now."""
    settle(account)
    found = [
        row
        for row in rows(account)
        if row.customer == customer
        and row.meter == meter["id"]
        and not row.cancelled
        and start <= row.timestamp < end
    ]
    window = WINDOWS.get(meter["event_time_window"] or "")
    if window:
        # In each window the event that was received last overwrites the others.
        found = list({row.timestamp // window: row for row in found}.values())
    formula = meter["default_aggregation"]["formula"]
    if formula == "last":
        last = max(enumerate(found), key=lambda at: (at[1].timestamp, at[0]), default=None)
        return last[1].value if last else Decimal(0)
    return sum((row.value for row in found), Decimal(0))

"""Test clocks: a time of their own for the customers that are made on them."""

from stripe.params.test_helpers._test_clock_advance_params import TestClockAdvanceParams
from stripe.params.test_helpers._test_clock_create_params import TestClockCreateParams
from stripe.params.test_helpers._test_clock_delete_params import TestClockDeleteParams
from stripe.params.test_helpers._test_clock_list_params import TestClockListParams
from stripe.params.test_helpers._test_clock_retrieve_params import TestClockRetrieveParams

from tests.stripe.stand_in.billing import calendar
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import InvalidRequest
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object

KEPT_S = 30 * 24 * 3600
# At most two intervals of the shortest subscription, which are months here.
FARTHEST_S = 62 * 24 * 3600
URL = "/v1/test_helpers/test_clocks"


@route("POST", URL, TestClockCreateParams, "frozen_time name")
def create(call: Call) -> Object:
    account, now = call.account, call.account.clock.now()
    made = account.make(
        "test_helpers.test_clock",
        created=now,
        deletes_after=now + KEPT_S,
        frozen_time=call.params["frozen_time"],
        name=call.params.get("name"),
        status="ready",
        status_details={},
    )
    account.tell("test_helpers.test_clock.created", made)
    return account.rendered(made)


@route("GET", f"{URL}/{{id}}", TestClockRetrieveParams)
def retrieve(call: Call) -> Object:
    return call.account.rendered(call.account.get("test_helpers.test_clock", call.path["id"]))


@route("POST", f"{URL}/{{id}}/advance", TestClockAdvanceParams, "frozen_time")
def advance(call: Call) -> Object:
    """Answers `advancing`, as Stripe does; whoever asks again sees that it is ready."""
    account, to = call.account, call.params["frozen_time"]
    clock = account.get("test_helpers.test_clock", call.path["id"])
    if to <= clock["frozen_time"]:
        message = "The frozen_time must be after the test clock's current frozen_time."
        raise InvalidRequest(message, code="test_clock_invalid_frozen_time", param="frozen_time")
    subscribed = any(each["test_clock"] == clock["id"] for each in account.all("subscription"))
    if subscribed and to - clock["frozen_time"] > FARTHEST_S:
        message = "A test clock advances by two intervals of its shortest subscription at most."
        raise InvalidRequest(message, param="frozen_time")
    clock |= {"frozen_time": to, "status": "advancing"}
    account.tell("test_helpers.test_clock.advancing", clock)
    shown = account.rendered(clock)
    calendar.run(account)
    clock["status"] = "ready"
    account.tell("test_helpers.test_clock.ready", clock)
    return shown


@route("DELETE", f"{URL}/{{id}}", TestClockDeleteParams)
def delete(call: Call) -> Object:
    """With everything that lives by it."""
    account = call.account
    clock = account.get("test_helpers.test_clock", call.path["id"])
    _drop(account, clock["id"])
    account.drop(clock)
    account.tell("test_helpers.test_clock.deleted", clock)
    return {"id": clock["id"], "object": "test_helpers.test_clock", "deleted": True}


def _drop(account: Account, clock: str) -> None:
    for kind in ("customer", "subscription", "invoice", "invoiceitem"):
        for each in account.all(kind):
            if each["test_clock"] == clock:
                account.drop(each)


@route("GET", URL, TestClockListParams, "limit starting_after ending_before")
def list_(call: Call) -> Object:
    rows = listing.newest_first(call.account, "test_helpers.test_clock")
    return listing.page(call, rows, URL)

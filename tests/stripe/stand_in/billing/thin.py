"""Thin events of the second API: small, signed, and fetched by whoever wants their data."""

from datetime import UTC, datetime

from stripe.params.v2.core._event_destination_create_params import EventDestinationCreateParams
from stripe.params.v2.core._event_destination_list_params import EventDestinationListParams
from stripe.params.v2.core._event_destination_retrieve_params import (
    EventDestinationRetrieveParams,
)
from stripe.params.v2.core._event_list_params import EventListParams
from stripe.params.v2.core._event_retrieve_params import EventRetrieveParams

from tests.stripe.stand_in.state.account import Account, pack
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import NotModelled
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object, shape


def written(at: int) -> str:
    """The second API writes times as text."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def tell(account: Account, happened: str, data: Object, related: Object | None = None) -> None:
    event = shape(
        "v2.core.event",
        id=account.new_id("v2.core.event"),
        created=written(account.clock.now()),
        type=happened,
    )
    if related:
        url = f"/v1/billing/meters/{related['id']}"
        event["related_object"] = {"id": related["id"], "type": related["object"], "url": url}
    account.notified(account.keep(event | {"data": pack(data)}))


def make(
    account: Account, url: str, events: list[str], secret: str | None = None, name: str = "thin"
) -> Object:
    now = written(account.clock.now())
    made = account.make(
        "v2.core.event_destination",
        created=now,
        updated=now,
        description="",
        enabled_events=events,
        event_payload="thin",
        name=name,
        status="enabled",
        type="webhook_endpoint",
    )
    secret = secret or account.new_id("whsec", 32)
    account.hidden[made["id"]] = {"url": url, "secret": secret}
    return made


@route(
    "POST",
    "/v2/core/event_destinations",
    EventDestinationCreateParams,
    "name type event_payload enabled_events webhook_endpoint include description metadata",
)
def create(call: Call) -> Object:
    params, account = call.params, call.account
    if params["event_payload"] != "thin" or params["type"] != "webhook_endpoint":
        raise NotModelled("destinations other than of thin events over HTTP", "type")
    url = params["webhook_endpoint"]["url"]
    made = make(account, url, params["enabled_events"], name=params["name"])
    made |= call.given("description", "metadata")
    shown, include = account.rendered(made), params.get("include", [])
    secret = account.hide(made["id"])["secret"]
    shown["webhook_endpoint"] = {
        "url": url if "webhook_endpoint.url" in include else None,
        "signing_secret": secret if "webhook_endpoint.signing_secret" in include else None,
    }
    return shown


@route("GET", "/v2/core/event_destinations/{id}", EventDestinationRetrieveParams)
def retrieve(call: Call) -> Object:
    return call.account.rendered(call.account.get("v2.core.event_destination", call.path["id"]))


@route("GET", "/v2/core/event_destinations", EventDestinationListParams, "limit")
def list_(call: Call) -> Object:
    return _page(call, "v2.core.event_destination")


@route("GET", "/v2/core/events/{id}", EventRetrieveParams)
def retrieve_event(call: Call) -> Object:
    return call.account.rendered(call.account.get("v2.core.event", call.path["id"]))


@route("GET", "/v2/core/events", EventListParams, "limit")
def list_events(call: Call) -> Object:
    return _page(call, "v2.core.event")


def _page(call: Call, kind: str) -> Object:
    rows = listing.newest_first(call.account, kind)[: call.params.get("limit", 100)]
    shown = [call.account.rendered(row) for row in rows]
    return {"data": shown, "next_page_url": None, "previous_page_url": None}

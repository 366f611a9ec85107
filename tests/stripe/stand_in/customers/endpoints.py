"""Where events are sent, and the events themselves."""

from stripe.params._event_list_params import EventListParams
from stripe.params._event_retrieve_params import EventRetrieveParams
from stripe.params._webhook_endpoint_create_params import WebhookEndpointCreateParams
from stripe.params._webhook_endpoint_delete_params import WebhookEndpointDeleteParams
from stripe.params._webhook_endpoint_list_params import WebhookEndpointListParams
from stripe.params._webhook_endpoint_retrieve_params import WebhookEndpointRetrieveParams
from stripe.params._webhook_endpoint_update_params import WebhookEndpointUpdateParams

from tests.stripe.stand_in.customers.customers import metadata
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import InvalidRequest, ResourceMissing
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object

EVENTS_KEPT_S = 30 * 24 * 3600


def make(
    account: Account, url: str, events: list[str], secret: str | None = None, **fields: object
) -> Object:
    made = account.make(
        "webhook_endpoint",
        **fields,
        created=account.now(),
        enabled_events=events,
        status="enabled",
        url=url,
    )
    account.hide(made["id"])["secret"] = secret or account.new_id("whsec", 32)
    return made


@route(
    "POST",
    "/v1/webhook_endpoints",
    WebhookEndpointCreateParams,
    "url enabled_events description metadata api_version",
)
def create(call: Call) -> Object:
    """The only answer that shows the secret."""
    params = call.params
    _refuse_unfit(params.get("url", ""))
    given = call.given("description", "metadata", "api_version")
    made = make(call.account, params["url"], params["enabled_events"], **given)
    return call.account.rendered(made) | {"secret": call.account.hide(made["id"])["secret"]}


def _refuse_unfit(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise InvalidRequest("Not a valid URL", code="url_invalid", param="url")


@route("GET", "/v1/webhook_endpoints/{id}", WebhookEndpointRetrieveParams)
def retrieve(call: Call) -> Object:
    return call.account.rendered(call.account.get("webhook_endpoint", call.path["id"]))


@route(
    "POST",
    "/v1/webhook_endpoints/{id}",
    WebhookEndpointUpdateParams,
    "url enabled_events description disabled metadata",
)
def update(call: Call) -> Object:
    found, params = call.account.get("webhook_endpoint", call.path["id"]), call.params
    _refuse_unfit(str(params.get("url", found["url"])))
    found |= call.given("url", "enabled_events", "description")
    if "disabled" in params:
        found["status"] = "disabled" if params["disabled"] else "enabled"
    if "metadata" in params:
        found["metadata"] = metadata(found["metadata"], params["metadata"])
    return call.account.rendered(found)


@route("DELETE", "/v1/webhook_endpoints/{id}", WebhookEndpointDeleteParams)
def delete(call: Call) -> Object:
    found = call.account.get("webhook_endpoint", call.path["id"])
    call.account.drop(found)
    return {"id": found["id"], "object": "webhook_endpoint", "deleted": True}


@route(
    "GET",
    "/v1/webhook_endpoints",
    WebhookEndpointListParams,
    "limit starting_after ending_before",
)
def list_(call: Call) -> Object:
    rows = listing.newest_first(call.account, "webhook_endpoint")
    return listing.page(call, rows, "/v1/webhook_endpoints")


@route("GET", "/v1/events/{id}", EventRetrieveParams)
def retrieve_event(call: Call) -> Object:
    found = call.account.get("event", call.path["id"])
    if found["created"] <= call.account.clock.now() - EVENTS_KEPT_S:
        raise ResourceMissing("event", call.path["id"])
    return call.account.rendered(found)


@route(
    "GET",
    "/v1/events",
    EventListParams,
    "type types created delivery_success limit starting_after ending_before",
)
def list_events(call: Call) -> Object:
    params = call.params
    rows = listing.newest_first(call.account, "event", type=params.get("type"))
    if "types" in params:
        rows = [row for row in rows if row["type"] in params["types"]]
    if "delivery_success" in params:
        wanted = params["delivery_success"]
        rows = [row for row in rows if (row["pending_webhooks"] == 0) == wanted]
    oldest = call.account.clock.now() - EVENTS_KEPT_S
    rows = [row for row in rows if row["created"] > oldest]
    return listing.page(call, listing.within(rows, params.get("created")), "/v1/events")

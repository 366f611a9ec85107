"""`Tifo`: one key, one address, and the API's nouns as attributes."""

from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

from tifo_client import transport
from tifo_client._gen.client import AuthenticatedClient, Client
from tifo_client.arguments import Seconds, fit
from tifo_client.endpoint import Endpoint, checked_address
from tifo_client.resources import Wires

if TYPE_CHECKING:
    from tifo_client._gen.models.new_organisation import NewOrganisation
    from tifo_client.resources import (
        account,
        avsync,
        bills,
        large_files,
        limits,
        live_audio_feedback,
        live_room,
        model_files,
        noucamp,
        noucamp_device,
        payment,
        sandboxes,
        usage,
        work,
    )
    from tifo_client.sockets import EventSocket

LOCAL = "http://127.0.0.1:8000"
TIMEOUT = httpx.Timeout(60.0, connect=5.0)
LONGEST_TIMEOUT_S = 1_000_000  # a socket takes no more than 2³¹ ms


class Tifo:
    """A client for one API key. Threads may share it; use `with`, or `close()` it.

    Raises Misconfigured, a ValueError, when the key or the address cannot be one: a key's form and
    checksum are looked at before anything is sent. White space around either is dropped.
    `patience_s` is how long one call may wait for throttles (429) before QuotaExceeded is raised;
    by default not at all. `timeout` is how long one request may stand still, in seconds over 0 and
    up to a million, or httpx's own Timeout; None is for ever. Both raise TypeError and ValueError
    with their name for anything else. `network` replaces httpx's own transport: a proxy's, or a
    test's.
    """

    organisation: "account.OrganisationResource"
    members: "account.MembersResource"
    keys: "account.KeysResource"
    tiers: "account.TiersResource"
    limits: "limits.LimitsResource"
    usage: "usage.UsageResource"
    billing: "payment.BillingResource"
    statements: "bills.StatementsResource"
    invoices: "bills.InvoicesResource"
    sandboxes: "sandboxes.SandboxesResource"
    tickets: "account.TicketsResource"
    view_links: "account.ViewLinksResource"
    jobs: "work.JobsResource"
    uploads: "large_files.UploadsResource"
    sessions: "live_audio_feedback.SessionsResource"
    flow: "live_audio_feedback.FlowResource"
    tracks: "avsync.TracksResource"
    clips: "live_room.ClipsResource"
    effects: "live_room.EffectsResource"
    kiosks: "noucamp.KiosksResource"
    interactions: "noucamp.InteractionsResource"
    triggers: "noucamp.TriggersResource"
    cues: "noucamp.CuesResource"
    device: "noucamp_device.DeviceResource"
    models: "model_files.ModelsResource"

    def __init__(
        self,
        key: str,
        base_url: str = LOCAL,
        *,
        patience_s: float = 0.0,
        timeout: httpx.Timeout | float | None = TIMEOUT,
        network: httpx.BaseTransport | None = None,
    ) -> None:
        endpoint = Endpoint.at(base_url, key)
        carrier = transport.Retrying(
            network or httpx.HTTPTransport(), patience_s=_patience(patience_s)
        )
        # The generated client would show a token in its repr; the key goes another way.
        arguments = _arguments(carrier) | {"auth": transport.Bearer(endpoint.key)}
        core = AuthenticatedClient(
            endpoint.base_url, "", timeout=_timeout(timeout), httpx_args=arguments
        )
        self._wires = Wires(core, carrier, endpoint)

    def __getattr__(self, noun: str) -> Any:
        """A noun is loaded when it is first named: a program uses few of them."""
        annotation = type(self).__annotations__.get(noun)
        if annotation is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {noun!r}")
        module, name = annotation.split(".")
        resource = getattr(import_module(f"tifo_client.resources.{module}"), name)(self._wires)
        setattr(self, noun, resource)
        return resource

    @staticmethod
    def sign_up(
        name: str, email: str, base_url: str = LOCAL, *, network: httpx.BaseTransport | None = None
    ) -> "NewOrganisation":
        """Create an organisation, where the operator lets strangers do so; keys are told once.

        They are `live_key` and `test_key` of the answer, which does not show them when printed.
        """
        from tifo_client._gen.api.account import create_organisation
        from tifo_client._gen.models.sign_up_request import SignUpRequest
        from tifo_client.answers import take

        carrier = transport.Retrying(network or httpx.HTTPTransport())
        # The generator takes any `security` for a demand, also the empty one of a public call.
        address, arguments = checked_address(base_url), _arguments(carrier)
        core: Any = Client(address, timeout=TIMEOUT, httpx_args=arguments)
        with core:
            asked = SignUpRequest(name=fit("name", name, str), email=fit("email", email, str))
            return take(create_organisation.sync_detailed(client=core, body=asked))

    def events(self) -> "EventSocket":
        """`async with tifo.events() as events: async for event in events: …`"""
        from tifo_client.sockets import EventSocket

        return EventSocket(self._wires.endpoint)

    def close(self) -> None:
        self._wires.core.get_httpx_client().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _patience(given: float) -> float:
    seconds: float = fit("patience_s", given, Seconds)
    if seconds < 0:
        raise ValueError("patience_s must not be under 0.")
    return seconds


def _timeout(given: httpx.Timeout | float | None) -> httpx.Timeout:
    """As httpx takes it, which would find out what it cannot use only in the first call."""
    fit("timeout", given, float | httpx.Timeout | None)
    if not isinstance(given, httpx.Timeout):
        return httpx.Timeout(_within("timeout", given))
    for part, seconds in given.as_dict().items():
        _within(f"timeout.{part}", seconds)
    return given


def _within(name: str, given: float | None) -> float | None:
    seconds: float | None = fit(name, given, float | None)
    if seconds is not None and not 0 < seconds <= LONGEST_TIMEOUT_S:
        raise ValueError(f"{name} must lie over 0 and not over {LONGEST_TIMEOUT_S:,} seconds.")
    return seconds


def _arguments(carrier: httpx.BaseTransport) -> dict[str, Any]:
    hooks = {"request": [transport.name_once], "response": [transport.refuse]}
    return {"transport": carrier, "event_hooks": hooks}

"""The optional meter: the cumulative count of a month, where the last one told is what counts."""

from dataclasses import dataclass
from datetime import datetime

from billing.collectors.protocol import Refused
from billing.stripe_gateway.connection import client
from billing.stripe_gateway.failures import is_replay, translated
from billing.stripe_gateway.library import stripe


@dataclass(frozen=True)
class Trouble:
    """Events that Stripe took and did not count: their identifiers, and why."""

    identifiers: tuple[str, ...]
    reason: str


def report(name: str, *, customer_id: str, value: int, identifier: str, at: datetime) -> None:
    """Tell the count once. That Stripe knows the identifier already is as good."""
    with translated():
        try:
            client().v1.billing.meter_events.create(
                {
                    "event_name": name,
                    "payload": {"stripe_customer_id": customer_id, "value": str(value)},
                    "identifier": identifier,
                    "timestamp": int(at.timestamp()),
                },
                {"idempotency_key": identifier},  # which error reports name
            )
        except stripe.InvalidRequestError as error:
            if not _is_known(error, identifier):
                raise
        except stripe.StripeError as error:
            if not is_replay(error):
                raise
            # The identifier's first try has failed for good: another one is needed.
            raise Refused(error.user_message or "The call failed at Stripe.") from error


def troubles(event_id: str) -> list[Trouble]:
    """What an error report says; a thin message has only its name, so it is fetched."""
    with translated():
        found = client().v2.core.events.retrieve(event_id)
    data = getattr(found, "data", None)
    reason = getattr(data, "reason", None)
    kinds = getattr(reason, "error_types", None) or []
    return [
        Trouble(
            tuple(
                name
                for each in kind.sample_errors
                if (name := getattr(each.request, "identifier", None))
            ),
            str(kind.code),
        )
        for kind in kinds
    ]


def _is_known(error: "stripe.InvalidRequestError", identifier: str) -> bool:
    said = error.user_message or ""
    return error.http_status == 400 and "already exists" in said and identifier in said

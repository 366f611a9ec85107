"""The three envelopes in which items come: our list, CloudEvents in JSON, one event in headers."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from apps.account.item_events import cloud_events
from apps.account.item_events.items import Read
from foundation.http.parsers import ExactJson, exact, read_body
from foundation.validation.strict import OUT_OF_RANGE
from metering.items import MOST_ITEMS


class OneCloudEvent(ExactJson):
    media_type = cloud_events.ONE


class CloudEventBatch(ExactJson):
    media_type = cloud_events.BATCH


PARSERS: Final[Sequence[type[BaseParser]]] = (ExactJson, OneCloudEvent, CloudEventBatch)


def cloud_events_in(request: Request) -> list[Read] | None:
    """The CloudEvents that the request is; None for one in our own form.

    Raises what an unreadable envelope is refused with.
    """
    http = request._request
    kind = (http.content_type or "").lower()
    if kind == cloud_events.BATCH:
        return read_each(request.data, cloud_events.read)
    if kind == cloud_events.ONE:
        return [cloud_events.read(request.data)]
    if not cloud_events.is_in_headers(http.META):
        return None
    data = request.data if kind else _untyped(http.body)
    if isinstance(data, dict) and "end_users" in data:
        return None  # as the hot door has it, which reads no such headers
    return [cloud_events.read(cloud_events.in_headers(http.META, data))]


def _untyped(body: bytes) -> Any:
    """The data of an event whose sender left out of what type it is, which then is JSON."""
    return read_body(body, number=exact) if body else None


def read_each(told: Any, read: Callable[[object], Read]) -> list[Read]:
    """1 to 1,000 of them; raises ValidationError for anything else."""
    if not isinstance(told, list):
        raise ValidationError("Expected a list of events.", "not_a_list")
    if not 0 < len(told) <= MOST_ITEMS:
        raise ValidationError(f"A call tells of 1 to {MOST_ITEMS:,} events.", OUT_OF_RANGE)
    return [read(each) for each in told]

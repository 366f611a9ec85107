"""CloudEvents 1.0 as items: one or several in JSON, or one whose attributes are headers.

| ours | theirs |
|---|---|
| `id`, `source`, `time` | the attributes of these names |
| `user` | `subject` |
| `meter` | what follows `tifo.usage.` in `type`; of any other type, `data.meter` |
| `quantity` | `data.quantity` |

Other attributes and members of the data are their sender's own affair and are not read.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from apps.account.item_events.items import Read, Rejected, Unfit, item, rejected

ONE: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
TYPE: Final = "tifo.usage."
VERSION: Final = "1.0"
HEADER: Final = "HTTP_CE_"


def read(told: object) -> Read:
    """The item, or why it is none."""
    if not isinstance(told, dict):
        return Rejected(None, "malformed", "A CloudEvent is an object.")
    try:
        if told.get("specversion") != VERSION:
            raise Unfit("unknown-specversion", f"specversion is {VERSION!r}.")
        return item(_members(told))
    except Unfit as error:
        return rejected(told, error)


def in_headers(environ: Mapping[str, Any], data: object) -> dict[str, Any]:
    """The CloudEvent of the binary mode: its attributes are headers, the body is its data."""
    attributes = {
        name.removeprefix(HEADER).lower(): _decoded(value)
        for name, value in environ.items()
        if name.startswith(HEADER)
    }
    return attributes if data is None else attributes | {"data": data}


def is_in_headers(environ: Mapping[str, Any]) -> bool:
    return f"{HEADER}ID" in environ or f"{HEADER}SPECVERSION" in environ


def _decoded(value: str) -> str:
    # UTF-8 that nobody has encoded comes through WSGI as Latin-1; what is neither will be refused.
    sent = value.encode("latin-1").decode("utf-8", "surrogateescape")
    return unquote(sent, errors="surrogateescape")


def _members(told: Mapping[str, Any]) -> dict[str, Any]:
    data = _data(told)
    if not told.get("source"):
        raise Unfit("source-missing", "A CloudEvent has a source.")
    return {
        "id": told.get("id"),
        "source": told["source"],
        "time": told.get("time"),
        "user": told.get("subject"),
        "meter": _meter(told.get("type"), data),
        "quantity": data.get("quantity"),
    }


def _data(told: Mapping[str, Any]) -> Mapping[str, Any]:
    data = told.get("data")
    if told.get("data_base64") is not None or not isinstance(data, dict | None):
        raise Unfit("data-invalid", "data is an object of JSON, or left out.")
    return data or {}


def _meter(kind: object, data: Mapping[str, Any]) -> object:
    if isinstance(kind, str) and kind.startswith(TYPE) and kind != TYPE:
        return kind.removeprefix(TYPE)
    if not isinstance(kind, str) or not kind or data.get("meter") is None:
        said = f"type is {TYPE} and a meter's name, as {TYPE}mau; or data.meter names it."
        raise Unfit("unknown-type", said)
    return data["meter"]

"""Lists, newest first, a page at a time; and `expand`."""

from collections.abc import Callable, Iterable
from typing import Any

from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire.refusals import InvalidRequest, ResourceMissing
from tests.stripe.stand_in.wire.routes import Call
from tests.stripe.stand_in.wire.shapes import Object

DEFAULT_LIMIT, MOST, DEEPEST = 10, 100, 4
Included = Callable[[Account, Object], Any]
INCLUDED: dict[tuple[str, str], Included] = {}
"""Fields that an object has only when they are expanded, and what makes them."""


def page(call: Call, found: Iterable[Object], url: str) -> Object:
    """`found` in the order of the list: Stripe's is from the newest to the oldest."""
    params, rows = call.params, list(found)
    limit = params.get("limit", DEFAULT_LIMIT)
    if not 1 <= limit <= MOST:
        raise InvalidRequest(f"Limit must be between 1 and {MOST}", param="limit")
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        message = "You cannot parameterize both starting_after and ending_before."
        raise InvalidRequest(message, code="parameters_exclusive")
    if after:
        rows = rows[_position(rows, after, "starting_after") + 1 :]
    if before:
        rows = rows[: _position(rows, before, "ending_before")]
    kept = rows[-limit:] if before else rows[:limit]
    shown = [call.account.rendered(row) for row in kept]
    return {"object": "list", "url": url, "has_more": len(rows) > limit, "data": shown}


def _position(rows: list[Object], object_id: str, param: str) -> int:
    for at, row in enumerate(rows):
        if row["id"] == object_id:
            return at
    raise ResourceMissing("object", object_id, param, status=400)


def newest_first(account: Account, kind: str, **equal: Any) -> list[Object]:
    """Those whose fields equal what is given; what is None is not looked at."""
    wanted = {name: value for name, value in equal.items() if value is not None}
    owner = wanted.get("customer") if kind != "payment_method" else None
    rows = reversed(list(account.all_of(kind, owner) if owner else account.all(kind)))
    return [row for row in rows if all(row.get(k) == v for k, v in wanted.items())]


def within(rows: list[Object], bounds: Any, field: str = "created") -> list[Object]:
    """A filter of times: a number, or `{"gt", "gte", "lt", "lte"}`."""
    if bounds is None:
        return rows
    if isinstance(bounds, int):
        return [row for row in rows if row[field] == bounds]
    lows = max(bounds.get("gte", 0), bounds.get("gt", -1) + 1)
    high = min(bounds.get("lte", 2**62), bounds.get("lt", 2**62) - 1)
    return [row for row in rows if lows <= row[field] <= high]


def expand(account: Account, shown: Object, paths: list[str]) -> Object:
    for path in paths:
        names = path.split(".")
        if len(names) > DEEPEST:
            raise InvalidRequest("You cannot expand more than 4 levels of a property.")
        _expand(account, shown, names, path)
    return shown


def _expand(account: Account, shown: Any, names: list[str], path: str) -> None:
    if isinstance(shown, list):
        for each in shown:
            _expand(account, each, names, path)
        return
    name, rest = names[0], names[1:]
    if (shown.get("object", ""), name) in INCLUDED and name not in shown:
        shown[name] = INCLUDED[shown["object"], name](account, shown)
    if name not in shown:
        raise InvalidRequest(f"This property cannot be expanded ({path}).", param="expand")
    value = shown[name]
    if isinstance(value, str):
        found = account.any(value)
        if found is None:
            raise InvalidRequest(f"This property cannot be expanded ({path}).", param="expand")
        value = shown[name] = account.rendered(found)
    if rest and value is not None:
        _expand(account, value, rest, path)

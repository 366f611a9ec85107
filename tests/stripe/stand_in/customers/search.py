"""Search, which finds what is new only after a while: not to be relied on."""

import re
from collections.abc import Callable

from tests.stripe.stand_in.wire.refusals import InvalidRequest
from tests.stripe.stand_in.wire.routes import Call
from tests.stripe.stand_in.wire.shapes import Object

FIELDS = {
    "customer": {"created", "email", "name", "phone"},
    "invoice": {"created", "currency", "customer", "number", "receipt_number", "status", "total"},
}
DEFAULT_LIMIT = 10
_CLAUSE = re.compile(
    r"""(?P<no>-?)(?P<field>\w+)(?:\[["'](?P<key>[^"']+)["']\])?"""
    r"""(?P<is>[:<>]=?|<=|>=)(?:["'](?P<text>[^"']*)["']|(?P<number>\d+)|(?P<null>null))"""
)
Test = Callable[[Object], bool]


def page(call: Call, kind: str, url: str) -> Object:
    """Objects as they are now, of those that were made before the lag of the index."""
    account, params = call.account, call.params
    fits = _parsed(params["query"], FIELDS[kind])
    indexed = account.clock.now() - account.settings.search_lag_s
    rows = [
        row
        for row in reversed(list(account.all(kind)))
        if account.hide(row["id"])["indexed_at"] <= indexed and not row.get("deleted") and fits(row)
    ]
    limit, start = params.get("limit", DEFAULT_LIMIT), int(params.get("page", "0"))
    more = len(rows) > start + limit
    return {
        "object": "search_result",
        "url": url,
        "has_more": more,
        "next_page": str(start + limit) if more else None,
        "data": [account.rendered(row) for row in rows[start : start + limit]],
    }


def _parsed(query: str, fields: set[str]) -> Test:
    any_of = " OR " in query
    if any_of and " AND " in query:
        raise InvalidRequest("You cannot combine AND and OR in one query.", param="query")
    clauses = re.split(r"\s+(?:AND|OR)\s+", query.strip())
    tests = [_clause(each, fields) for each in clauses]
    join = any if any_of else all
    return lambda row: join(test(row) for test in tests)


def _clause(written: str, fields: set[str]) -> Test:
    found = _CLAUSE.fullmatch(written)
    if found is None:
        raise InvalidRequest(f"We were unable to parse your search query: {written}", param="query")
    field, key = found["field"], found["key"]
    if field not in fields | {"metadata"} or (key is None) == (field == "metadata"):
        message = f"Field `{field}` is an unsupported search field for this resource."
        raise InvalidRequest(message, param="query")

    def fits(row: Object) -> bool:
        value = row["metadata"].get(key) if key else row[field]
        return _compared(value, found) != bool(found["no"])

    return fits


def _compared(value: object, found: re.Match[str]) -> bool:
    if found["null"]:
        return value is None
    if found["number"] is None:
        return found["is"] == ":" and str(value or "").lower() == found["text"].lower()
    number, bound = int(str(value or 0)), int(found["number"])
    return {
        ":": number == bound,
        "<": number < bound,
        ">": number > bound,
        "<=": number <= bound,
        ">=": number >= bound,
    }[found["is"]]

"""From what the generated functions return to what a caller wants: the model, or all rows."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

import httpx

from tifo_client._gen.models.problem import Problem
from tifo_client._gen.types import UNSET, Response, Unset
from tifo_client.errors import REQUEST_ID, TifoError

Model = TypeVar("Model")
Parsed = TypeVar("Parsed", covariant=True)
Row = TypeVar("Row")
# What reading a document of another shape raises, wherever that differs.
OTHER_SHAPE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


class Parse(Protocol[Parsed]):
    """A generated function that makes a model of an answer."""

    def __call__(self, *, client: Any, response: httpx.Response) -> Parsed: ...


def read(parse: Parse[Model], client: object, response: httpx.Response) -> Model:
    """What `parse` makes of a success. The generated functions call it: see `sdks.generate`.

    Raises TifoError where the body is another than the document says.
    """
    try:
        parsed = parse(client=client, response=response)
    except OTHER_SHAPE as error:
        raise unexpected(response, _difference(response, error)) from error
    if parsed is None and response.status_code != httpx.codes.NO_CONTENT:
        raise unexpected(response, "which this call never has")
    return parsed


def take(response: Response[Model | Problem]) -> Model:
    """The parsed answer. Refusals never come this far: `transport.refuse` has raised them."""
    if response.parsed is None or isinstance(response.parsed, Problem):
        raise unexpected(response, "without the body that this call has")
    return response.parsed


def document(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer that no generated function reads."""
    try:
        found = response.json()
    except (ValueError, RecursionError) as error:
        raise unexpected(response, _difference(response, error)) from error
    if not isinstance(found, dict):
        raise unexpected(response, "that is no JSON object")
    return found


def unexpected(response: httpx.Response | Response[Any], what: str) -> TifoError:
    """The error of a success that is not what was agreed."""
    status = int(response.status_code)
    told = {"status": status, "request_id": response.headers.get(REQUEST_ID, "")}
    return TifoError(told | {"detail": f"An answer {status} {what}."})


def whole(response: Response[Any], value: object, name: str) -> int:
    """A member that this client counts on; the generated functions take any value for a number."""
    if type(value) is not int:
        raise unexpected(response, f"whose {name!r} is no whole number")
    return value


def given(value: Model | None) -> Model | Unset:
    """Leave a parameter out when it was not given."""
    return UNSET if value is None else value


def rows(fetch: Callable[..., Response[Any]]) -> Iterator[Row]:
    """Every row of every page, fetched as they are asked for; `fetch` takes a cursor."""
    cursor: str | Unset = UNSET
    while True:
        answer = fetch(cursor=cursor)
        page = take(answer)
        yield from page.data
        if page.next_cursor is None:
            return
        if not isinstance(page.next_cursor, str) or page.next_cursor == cursor:
            raise unexpected(answer, "whose next_cursor leads nowhere")
        cursor = page.next_cursor


def _difference(response: httpx.Response, error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"that has no {error.args[0]!r}"
    try:
        response.json()
    except (ValueError, RecursionError):
        kind = response.headers.get("content-type", "nothing said")[:80]
        return f"that is no JSON (its type: {kind})"
    return "of another shape than this client knows"

"""From what the generated functions return to what a caller wants: the model, or all rows."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from tifo_client._gen.models.problem import Problem
from tifo_client._gen.types import UNSET, Response, Unset
from tifo_client.errors import TifoError

Model = TypeVar("Model")
Row = TypeVar("Row")


def take(response: Response[Model | Problem]) -> Model:
    """The parsed answer. Refusals never come this far: `transport.refuse` has raised them."""
    if response.parsed is None or isinstance(response.parsed, Problem):
        detail = f"HTTP {response.status_code} with a body that this client does not know."
        raise TifoError({"status": int(response.status_code), "detail": detail})
    return response.parsed


def given(value: Model | None) -> Model | Unset:
    """Leave a parameter out when it was not given."""
    return UNSET if value is None else value


def rows(fetch: Callable[..., Response[Any]]) -> Iterator[Row]:
    """Every row of every page, fetched as they are asked for; `fetch` takes a cursor."""
    cursor: str | Unset = UNSET
    while True:
        page = take(fetch(cursor=cursor))
        yield from page.data
        if page.next_cursor is None:
            return
        cursor = page.next_cursor

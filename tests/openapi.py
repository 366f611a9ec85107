"""The API's document, read once for all tests that are made from it."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

DOCUMENT = Path(__file__).parents[1] / "openapi" / "openapi.yaml"


@cache
def document() -> dict[str, Any]:
    """As it is committed; nobody changes what everybody shares."""
    # libyaml's loader: the one in Python takes thirteen times as long for this file.
    described: dict[str, Any] = yaml.load(DOCUMENT.read_bytes(), Loader=yaml.CSafeLoader)
    return described


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of each operation."""
    return [
        (method.upper(), path, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    ]

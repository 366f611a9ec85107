"""A strict reader of the Structured Fields (RFC 9651) that the rate limit draft allows."""

import re

_STRING = re.compile(r'"([\x20\x21\x23-\x5b\x5d-\x7e]*)"')
_PARAMETER = re.compile(r"; *([a-z*][a-z0-9_.*-]*)=")
_INTEGER = re.compile(r"-?[0-9]{1,15}(?![0-9.])")
_COMMA = re.compile(r"[ \t]*,[ \t]*")

Parameters = dict[str, int | str]


def read_list(text: str) -> list[tuple[str, Parameters]]:
    """A List of String Items with Integer or String parameters; raises ValueError otherwise."""
    items, at = [], 0
    while True:
        name, at = _string(text, at)
        parameters, at = _parameters(text, at)
        items.append((name, parameters))
        if at == len(text):
            return items
        comma = _COMMA.match(text, at)
        if not comma:
            raise ValueError(f"no comma at {at}: {text}")
        at = comma.end()


def _parameters(text: str, at: int) -> tuple[Parameters, int]:
    found: Parameters = {}
    while key := _PARAMETER.match(text, at):
        if number := _INTEGER.match(text, key.end()):
            found[key[1]], at = int(number[0]), number.end()
        else:
            found[key[1]], at = _string(text, key.end())
    return found, at


def _string(text: str, at: int) -> tuple[str, int]:
    string = _STRING.match(text, at)
    if not string:
        raise ValueError(f"no string at {at}: {text}")
    return string[1], string.end()

"""What runs inside Redis: one library of functions, and each function as a script of its own.

The library's name carries the digest of its text, so that two releases live side by side on one
server. A server without functions runs the stand-ins by EVALSHA.
"""

from collections.abc import Mapping
from hashlib import sha1
from importlib.resources import files
from typing import Final, NamedTuple

_NAMES: Final = (
    "admit",
    "refund_rate",
    "refund_window",
    "renew",
    "mark_seen",
    "raise_epoch",
    "snapshot",
)


class Script(NamedTuple):
    """A script's text, and the digest under which Redis keeps it."""

    source: str
    sha: str


class Function(NamedTuple):
    """A function's name for FCALL, and the script that stands in for it."""

    name: str
    script: Script


class Library(NamedTuple):
    """What FUNCTION LOAD takes, and the functions it brings."""

    name: str
    source: str
    functions: dict[str, Function]


def library(texts: Mapping[str, str], common: str) -> Library:
    """Put Lua functions, each of the name it is listed under, and what they share into one."""
    body = _body(texts, common)
    name = f"tifo_{_digest(body)[:8]}"
    functions = {
        each: Function(f"{name}_{each}", _script(text, common, each))
        for each, text in texts.items()
    }
    registered = "".join(
        f"redis.register_function('{function.name}', function(keys, args)\n"
        f"  return defined('{each}')(keys, args)\nend)\n"
        for each, function in functions.items()
    )
    return Library(name, f"#!lua name={name}\n{body}{registered}", functions)


def _body(texts: Mapping[str, str], common: str) -> str:
    # While a library loads, Lua's own libraries and `redis.call` are out of reach: the first call
    # defines the functions, and what they remember lives as long as the library.
    listed = ", ".join(f"{each} = {each}" for each in texts)
    return "\n".join(
        [
            "local function define()",
            common,
            *texts.values(),
            f"return {{{listed}}}",
            "end",
            "local functions",
            "local function defined(name)",
            "  functions = functions or define()",
            "  return functions[name]",
            "end\n",
        ]
    )


def _script(text: str, common: str, name: str) -> Script:
    source = f"{common}\n{text}\nreturn {name}(KEYS, ARGV)\n"
    return Script(source, _digest(source))


def _digest(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def _read(name: str) -> str:
    return (files("ratelimit") / "lua" / f"{name}.lua").read_text(encoding="utf-8")


COMMON: Final = _read("common")
TEXTS: Final = {name: _read(name) for name in _NAMES}
LIBRARY: Final = library(TEXTS, COMMON)
ADMIT: Final = LIBRARY.functions["admit"]
REFUND_RATE: Final = LIBRARY.functions["refund_rate"]
REFUND_WINDOW: Final = LIBRARY.functions["refund_window"]
RENEW: Final = LIBRARY.functions["renew"]
MARK_SEEN: Final = LIBRARY.functions["mark_seen"]
RAISE_EPOCH: Final = LIBRARY.functions["raise_epoch"]
SNAPSHOT: Final = LIBRARY.functions["snapshot"]

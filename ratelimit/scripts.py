"""What runs inside Redis: one library of functions, and each function as a script of its own.

The library's name carries the digest of its text, so that two releases live side by side on one
server. A server without functions runs the stand-ins by EVALSHA.
"""

from hashlib import sha1
from importlib.resources import files
from typing import NamedTuple

_NAMES = (
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


def library(texts: dict[str, str], common: str) -> Library:
    """Put functions, each a Lua function of its name, and what they share into one library."""
    body = _body(texts, common)
    name = f"tifo_{_digest(body)[:8]}"
    return Library(
        name,
        f"#!lua name={name}\n{body}{''.join(_registered(name, each) for each in texts)}",
        {each: Function(f"{name}_{each}", _script(texts[each], common, each)) for each in texts},
    )


def _body(texts: dict[str, str], common: str) -> str:
    # While a library loads, Lua's own libraries and `redis.call` are out of reach: the first call
    # defines the functions, and what they remember lives as long as the library.
    defined = "\n".join(texts.values())
    listed = ", ".join(f"{each} = {each}" for each in texts)
    return (
        f"local functions\nlocal function define()\n{common}\n{defined}\nreturn {{{listed}}}\nend\n"
    )


def _registered(library_name: str, name: str) -> str:
    return (
        f"redis.register_function('{library_name}_{name}', function(keys, args)\n"
        f"  functions = functions or define()\n  return functions.{name}(keys, args)\nend)\n"
    )


def _script(text: str, common: str, name: str) -> Script:
    source = f"{common}\n{text}\nreturn {name}(KEYS, ARGV)\n"
    return Script(source, _digest(source))


def _digest(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def _read(name: str) -> str:
    return (files("ratelimit") / "lua" / f"{name}.lua").read_text(encoding="utf-8")


LIBRARY = library({name: _read(name) for name in _NAMES}, _read("common"))
ADMIT = LIBRARY.functions["admit"]
REFUND_RATE = LIBRARY.functions["refund_rate"]
REFUND_WINDOW = LIBRARY.functions["refund_window"]
RENEW = LIBRARY.functions["renew"]
MARK_SEEN = LIBRARY.functions["mark_seen"]
RAISE_EPOCH = LIBRARY.functions["raise_epoch"]
SNAPSHOT = LIBRARY.functions["snapshot"]

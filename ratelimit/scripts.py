"""The Lua scripts that run inside Redis, read from the package once."""

from hashlib import sha1
from importlib.resources import files
from typing import NamedTuple


class Script(NamedTuple):
    """A script's text, and the digest under which Redis keeps it."""

    source: str
    sha: str


def _script(name: str) -> Script:
    source = (files("ratelimit") / "lua" / f"{name}.lua").read_text(encoding="utf-8")
    return Script(source, sha1(source.encode(), usedforsecurity=False).hexdigest())


ADMIT = _script("admit")
REFUND_RATE = _script("refund_rate")
REFUND_WINDOW = _script("refund_window")
RENEW = _script("renew")
MARK_SEEN = _script("mark_seen")

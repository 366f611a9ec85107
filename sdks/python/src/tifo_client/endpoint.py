"""Where the platform is, and the secret that opens it; both checked before anything is sent."""

from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import httpx

from tifo_client import keys
from tifo_client.errors import Misconfigured

EXAMPLE = "https://api.example or http://127.0.0.1:8000"


@dataclass(frozen=True)
class Endpoint:
    """An address and the key that is sent to it."""

    base_url: str
    key: str = field(repr=False)

    @classmethod
    def at(cls, base_url: str, key: str) -> Self:
        """White space around either is dropped, as a file or a variable often ends with some.

        Raises Misconfigured for what can be no address or no key; it shows neither.
        """
        key = _trimmed(key)
        flaw = keys.flaw(key)
        if flaw is not None:
            raise Misconfigured({"code": "malformed-key", "detail": flaw})
        return cls(checked_address(base_url), key)

    def address(self, path: str, **query: str) -> str:
        base = urlsplit(self.base_url)
        scheme = "wss" if base.scheme == "https" else "ws"
        whole = base.path.rstrip("/") + quote(path)
        return urlunsplit((scheme, base.netloc, whole, urlencode(query), ""))


def checked_address(base_url: str) -> str:
    """`base_url` without white space around it; raises Misconfigured, which does not show it."""
    base_url = _trimmed(base_url)
    flaw = _flaw(base_url)
    if flaw is not None:
        raise Misconfigured({"code": "malformed-address", "detail": f"base_url {flaw}"})
    return base_url


def _trimmed(given: Any) -> Any:
    return given.strip() if isinstance(given, str) else given


def _flaw(base_url: object) -> str | None:
    """An address may carry a password in any of its parts, so that none of them is repeated."""
    if not isinstance(base_url, str):
        return f"is {type(base_url).__name__}, not text such as {EXAMPLE}."
    try:
        parts, usable = urlsplit(base_url), httpx.URL(base_url)
        _ = parts.port
    except (ValueError, httpx.InvalidURL):
        return f"is no address such as {EXAMPLE}."
    if parts.scheme not in {"http", "https"} or not usable.host:
        return f"must begin with http:// or https:// and a host, such as {EXAMPLE}."
    if parts.username is not None or parts.password is not None:
        return "must carry no user name and no password; the key is what lets you in."
    if parts.query or parts.fragment:
        return "must carry neither a query (?) nor a fragment (#)."
    return None

"""Where the platform is, as an address for each of its sockets."""

from dataclasses import dataclass, field
from urllib.parse import quote, urlencode, urlsplit, urlunsplit


@dataclass(frozen=True)
class Place:
    """An address and the secret that opens its sockets."""

    base_url: str
    key: str = field(repr=False)

    def address(self, path: str, **query: str) -> str:
        base = urlsplit(self.base_url)
        scheme = "wss" if base.scheme == "https" else "ws"
        whole = base.path.rstrip("/") + quote(path)
        return urlunsplit((scheme, base.netloc, whole, urlencode(query), ""))

"""Where mail is handed in, as one address says it."""

import urllib.parse
from typing import Final, NamedTuple, Self

_PORTS: Final = {"smtps": 465, "smtp+tls": 587, "smtp": 25}


class MailServer(NamedTuple):
    """Where mail is handed in: by TLS at once (`smtps`), STARTTLS (`smtp+tls`), or neither."""

    host: str
    port: int
    user: str
    password: str
    tls: bool
    starttls: bool

    @classmethod
    def at(cls, url: str) -> Self:
        """The server of a URL; raises ValueError."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("mail goes to smtps://, smtp+tls:// or smtp:// and a host")
        return cls(
            parts.hostname,
            parts.port or _PORTS[parts.scheme],
            urllib.parse.unquote(parts.username or ""),
            urllib.parse.unquote(parts.password or ""),
            tls=parts.scheme == "smtps",
            starttls=parts.scheme == "smtp+tls",
        )

"""What the platform's secrets look like, and texts without them: for logs and for error pages.

Standard library only: the supervisor, which loads no Django, writes logs as well.
"""

import re
from typing import Final

CREDENTIAL: Final = re.compile(
    r"(tifo_(?:live|test|kiosk)_)[0-9A-Za-z]{36}"
    r"|(tkt_)[0-9A-Za-z_-]{43}"
    r"|(view_)[0-9A-Za-z_-]+~[0-9A-Za-z]+~[0-9A-Za-z_-]{43}"
    # Stripe's client secrets: with one, a browser puts a payment method on file, or pays.
    r"|\b((?:seti|pi)_[0-9A-Za-z]+_secret_)[0-9A-Za-z]+"
)
PREFIX: Final = r"\1\2\3\4"
"""What is left of a credential: the template that replaces it."""


def redact(text: str) -> str:
    """`text` with every key, ticket, view link and client secret cut off behind its prefix."""
    return CREDENTIAL.sub(f"{PREFIX}…", text)

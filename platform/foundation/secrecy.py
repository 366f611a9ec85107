"""What the platform's secrets look like, and texts without them: for logs and for error pages.

Standard library only: the supervisor, which loads no Django, writes logs as well.
"""

import re
from typing import Final

CREDENTIAL: Final = re.compile(
    r"(tifo_(?:live|test|kiosk)_)[0-9A-Za-z]{36}"
    r"|(tkt_)[0-9A-Za-z_-]{43}"
    r"|(view_)[0-9A-Za-z_-]+~[0-9A-Za-z]+~[0-9A-Za-z_-]{43}"
)


def redact(text: str) -> str:
    """`text` with every key, ticket and view link cut off behind its prefix."""
    return CREDENTIAL.sub(r"\1\2\3…", text)

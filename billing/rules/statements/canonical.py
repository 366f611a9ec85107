"""One spelling for a document, so that everybody's hash of it is the same."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

# The hash that the first statement of an organisation names as the one before it.
NO_HASH: Final = "0" * 64


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces; text as it is, not escaped. There are no floats."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """SHA-256 of the text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def member_hashes(content: Mapping[str, Any]) -> dict[str, str]:
    """The hash of each member's own canonical form: they name the one that was changed."""
    return {name: digest(canonical(value)) for name, value in content.items()}

"""What a cue may carry: a small, flat-ish JSON object that every store and wire takes unchanged."""

import json
from math import isfinite
from typing import Any

MAX_BYTES = 4096
MAX_DEPTH = 8
SAFE_INTEGER = 2**53 - 1


def fault(payload: dict[str, Any]) -> tuple[str, str] | None:
    """Code and words for what is wrong with a payload; None when it may travel.

    I-JSON (RFC 7493): numbers within IEEE doubles, text that is Unicode; and no U+0000, which
    Postgres' jsonb cannot hold.
    """
    found = _fault(payload, MAX_DEPTH)
    if found is not None:
        return found
    size = len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode())
    return ("too-large", f"At most {MAX_BYTES} bytes of JSON.") if size > MAX_BYTES else None


def _fault(node: Any, depth: int) -> tuple[str, str] | None:
    if isinstance(node, str):
        return None if _is_plain(node) else ("bad-text", "U+0000 and lone surrogates are refused.")
    if isinstance(node, int | float) and not isinstance(node, bool):
        exact = abs(node) <= SAFE_INTEGER if isinstance(node, int) else isfinite(node)
        return None if exact else ("bad-number", "Numbers must be exact in an IEEE double.")
    if isinstance(node, dict | list):
        if depth == 0:
            return "too-deep", f"At most {MAX_DEPTH} levels."
        inner = [*node, *node.values()] if isinstance(node, dict) else node
        return next((found for item in inner if (found := _fault(item, depth - 1))), None)
    return None


def _is_plain(text: str) -> bool:
    return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text)

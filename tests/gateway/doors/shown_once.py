"""Secrets that were shown once, and the search for them in whatever disguise."""

import base64
import gc
from dataclasses import dataclass, field
from types import FunctionType, ModuleType


@dataclass
class Secrets:
    """Everything that was shown once, by name; and every answer in which it had no business."""

    known: dict[str, str] = field(default_factory=dict)
    answers: list[bytes] = field(default_factory=list)

    def add(self, name: str, secret: str) -> str:
        assert len(secret) > 40
        self.known[name] = secret
        return secret

    def in_(self, haystack: bytes) -> list[str]:
        """The names of those that stand there, whole or without their prefix, in any disguise."""
        return [name for name, secret in self.known.items() if found(haystack, secret)]


def found(haystack: bytes, secret: str) -> bool:
    telling = secret[-36:].encode()  # all of a key behind its prefix
    disguises = [telling, telling.hex().encode()]
    disguises += [base64.b64encode(telling[shift:])[:40] for shift in range(3)]
    return any(disguise in haystack for disguise in disguises)


def remembered(root: object) -> bytes:
    """Every text that is kept in memory behind this object."""
    seen, texts, waiting = {id(root)}, bytearray(), [root]
    while waiting:
        for each in gc.get_referents(waiting.pop()):
            if isinstance(each, str | bytes):
                texts += each if isinstance(each, bytes) else each.encode()
            elif id(each) not in seen and not isinstance(each, ModuleType | FunctionType | type):
                seen.add(id(each))
                waiting.append(each)
    return bytes(texts)

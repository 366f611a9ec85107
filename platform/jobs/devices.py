"""What whoever runs models tells the ledger of them: a port, since neither knows the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Loaded = Callable[[], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Something to compute on. `number` tells several of an accelerator apart, from 0; `provider`
    is what runs models there (an execution provider of ONNX Runtime), empty where none is known."""

    accelerator: Literal["cpu", "gpu", "npu"]
    number: int = 0
    name: str = ""
    provider: str = ""


def _none() -> Sequence[str]:
    return ()


_loaded: Loaded = _none


def tells_loaded(function: Loaded) -> Loaded:
    """Register who knows the SHA-256 of the models that this process holds, warmest first."""
    global _loaded
    _loaded = function
    return function


def loaded() -> Sequence[str]:
    """The models that this process holds."""
    return _loaded()

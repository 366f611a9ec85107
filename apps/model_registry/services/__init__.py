"""Writes: files judged; models registered, asked to work and retired."""

from apps.model_registry.services.checking import PREFIX_MAX_BYTES, check, require
from apps.model_registry.services.drifting import NoSuchSession, choose_reference
from apps.model_registry.services.inferring import (
    INFER,
    NotRunnable,
    Sound,
    Terms,
    request_inference,
)
from apps.model_registry.services.inspecting import (
    MalformedModel,
    MoreBytesNeeded,
    UnsupportedModel,
)
from apps.model_registry.services.registering import (
    CONTRACT_NAMES,
    Asked,
    TooManyModels,
    VersionTaken,
    register,
)
from apps.model_registry.services.retiring import BaseInUse, retire

__all__ = [
    "CONTRACT_NAMES",
    "INFER",
    "PREFIX_MAX_BYTES",
    "Asked",
    "BaseInUse",
    "MalformedModel",
    "MoreBytesNeeded",
    "NoSuchSession",
    "NotRunnable",
    "Sound",
    "Terms",
    "TooManyModels",
    "UnsupportedModel",
    "VersionTaken",
    "check",
    "choose_reference",
    "register",
    "request_inference",
    "require",
    "retire",
]

"""Writes: files judged; models registered, asked to work and retired."""

from apps.model_registry.services.checking import PREFIX_MAX_BYTES, check, require
from apps.model_registry.services.drifting import NoSuchSession, choose_reference
from apps.model_registry.services.fetching import FETCH, NotFetched
from apps.model_registry.services.inferring import (
    INFER,
    NotRunnable,
    Sound,
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
    passing,
    refuse_unused,
    register,
)
from apps.model_registry.services.retiring import BaseInUse, retire

__all__ = [
    "CONTRACT_NAMES",
    "FETCH",
    "INFER",
    "PREFIX_MAX_BYTES",
    "Asked",
    "BaseInUse",
    "MalformedModel",
    "MoreBytesNeeded",
    "NoSuchSession",
    "NotFetched",
    "NotRunnable",
    "Sound",
    "TooManyModels",
    "UnsupportedModel",
    "VersionTaken",
    "check",
    "choose_reference",
    "passing",
    "refuse_unused",
    "register",
    "request_inference",
    "require",
    "retire",
]

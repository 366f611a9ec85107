"""Judging a model file by its first bytes against the caps of the caller's tier."""

import hashlib
from datetime import datetime

import modelfiles
from apps.model_registry.models import ModelCheck
from foundation.errors import Fact, FieldError, Retry, TifoError
from foundation.ids import new_id
from modelfiles.errors import ModelRefused
from modelhub.caps import ModelCapExceeded, caps
from modelhub.rules import judge
from modelhub.summary import summary
from tenants.models import Organisation, TierVersion

PREFIX_MAX_BYTES = 32 * 1024 * 1024


class MoreBytesNeeded(TifoError):
    status = 422
    code = "more-bytes-needed"
    title = "The file's header goes on past the bytes that were sent"
    meaning = (
        "A model is judged by its header, and the bytes that were sent end before the header does."
    )
    remedy = "Send the first `needed_bytes` of the file."
    retry = Retry.NO
    members = {
        "needed_bytes": Fact(1048576, "how many of the first bytes are needed"),
    }


class MalformedModel(TifoError):
    """`reason` is the inspection's own stable code, `found` its facts."""

    status = 422
    code = "malformed-model"
    title = "The file breaks the rules of its own format"
    meaning = "The file says that it is of a known format, and then breaks that format's rules."
    remedy = (
        "Export the model again, or check that the upload was not cut or altered: compare its "
        "size and SHA-256."
    )
    retry = Retry.NO
    members = {
        "reason": Fact(
            "truncated",
            "a stable word for what is wrong: see [model caps](/docs/reference/model-caps)",
        ),
        "found": Fact({"needed": 4096, "size": 1024}, "what was found, in numbers and short texts"),
    }


class UnsupportedModel(MalformedModel):
    code = "unsupported-model"
    title = "Files of this format are never read"
    meaning = (
        "Files of this format can run code when they are opened, or cannot be judged by their "
        "header, so they are never read."
    )
    remedy = "Export the model as ONNX, TFLite, GGUF or safetensors."
    retry = Retry.NO


def check(
    *,
    organisation: Organisation,
    livemode: bool,
    tier: TierVersion,
    name: str,
    prefix: bytes,
    size_bytes: int,
    placement: str | None,
    now: datetime,
) -> ModelCheck:
    """Inspect, judge and keep the record; raises MoreBytesNeeded, MalformedModel, UnsupportedModel.

    A refused `placement` is a verdict like any other, and is kept: see `require`.
    """
    report = _inspect(prefix, size_bytes)
    verdict = judge(report, caps(tier))
    return ModelCheck.objects.create(
        id=new_id("mck", now),
        organisation=organisation,
        livemode=livemode,
        name=name[:200],
        sha256=hashlib.sha256(prefix).hexdigest(),
        bytes_seen=len(prefix),
        size_bytes=size_bytes,
        tier_version=str(tier),
        placement=placement or "",
        allowed=list(verdict.allowed),
        verdict=summary(report, verdict),
        created_at=now,
    )


def require(check: ModelCheck) -> None:
    """Raises ModelCapExceeded when it may not run in the placement that was asked for."""
    if check.placement and check.placement not in check.allowed:
        reasons = check.verdict["placements"][check.placement]["reasons"]
        said = (
            f"{check.verdict['parameters']:,} parameters at "
            f"{check.verdict['bits_per_weight']} bits may not run in place {check.placement}."
        )
        raise ModelCapExceeded(
            said,
            errors=[FieldError("/placement", ModelCapExceeded.code, said)],
            placement=check.placement,
            reasons=reasons,
            allowed=check.allowed,
            model_check=check.pk,
            tier_version=check.tier_version,
        )


def _inspect(prefix: bytes, size_bytes: int) -> modelfiles.ModelReport:
    try:
        return modelfiles.inspect(modelfiles.PrefixSource(prefix, size_bytes))
    except modelfiles.NeedMoreBytes as short:
        said = f"Send the first {short.needed} bytes."
        raise MoreBytesNeeded(
            said, errors=[_of_the_file(MoreBytesNeeded, said)], needed_bytes=short.needed
        ) from short
    except ModelRefused as refused:
        kind = (
            UnsupportedModel
            if isinstance(refused, modelfiles.UnsupportedFormat)
            else MalformedModel
        )
        raise kind(
            errors=[_of_the_file(kind, kind.title)],
            reason=refused.code.value,
            found=refused.facts,
        ) from refused


def _of_the_file(kind: type[TifoError], said: str) -> FieldError:
    return FieldError("/file", kind.code, said)

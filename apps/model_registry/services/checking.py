"""Judging a model file by its first bytes against the caps of the caller's tier."""

import hashlib
from datetime import datetime

import modelfiles
from apps.model_registry.models import ModelCheck
from apps.model_registry.services.inspecting import translated
from foundation.errors import FieldError
from foundation.ids import new_id
from modelhub.caps import ModelCapExceeded, caps, elsewhere
from modelhub.rules import judge
from modelhub.summary import summary
from tenants.models import Organisation, TierVersion

PREFIX_MAX_BYTES = 32 * 1024 * 1024


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
    with translated():
        report = modelfiles.inspect(modelfiles.PrefixSource(prefix, size_bytes))
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
            f"{check.verdict['bits_per_weight']} bits may not run in place {check.placement}. "
            f"{elsewhere(check.allowed)}"
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

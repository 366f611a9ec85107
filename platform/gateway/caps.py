"""Which models a caller's tier lets run, and where: a cap that no waiting cures."""

from dataclasses import asdict

from gateway.callers.caller import Caller
from gateway.refusals import ModelCapExceeded
from modelfiles import ModelReport
from modelfiles.rules import Caps, Place, placement
from tenants.models import TierVersion


def caps(tier: TierVersion) -> Caps:
    """The model caps of a tier's version; it publishes none in bytes."""
    return Caps(
        transformer_parameters_below=tier.transformer_parameters_below,
        edge_parameters_max=tier.edge_parameters_max,
        edge_needs_quantised=tier.edge_quantised_only,
        device_parameters_below=tier.device_parameters_below,
        cloud_bytes_max=None,
        edge_bytes_max=None,
        device_bytes_max=None,
    )


def check_model(caller: Caller, report: ModelReport, place: Place) -> None:
    """Raise ModelCapExceeded, with every broken cap, unless the model may run in this place."""
    verdict = placement(report, caps(caller.tier))
    if verdict.allows(place):
        return
    raise ModelCapExceeded(
        f"A model of {report.parameters:,} parameters may not run in place {place}.",
        placement=place,
        reasons=[asdict(reason) for reason in verdict.refused[place]],
        allowed=list(verdict.allowed),
        tier_version=str(caller.tier),
    )

"""Which models a caller's tier lets run, and where: a cap that no waiting cures."""

from collections.abc import Sequence

from foundation.errors import Fact, Retry, TifoError
from modelhub.rules import Caps
from tenants.models import TierVersion


class ModelCapExceeded(TifoError):
    status = 422
    code = "model-cap-exceeded"
    title = "The model may not run there"
    meaning = "The model was read, and is larger than the tier lets run at that place."
    remedy = (
        "Run it at one of the places in `allowed`, quantise it, or take a smaller one: see [model "
        "caps](/docs/reference/model-caps)."
    )
    retry = Retry.NO
    members = {
        "placement": Fact("cloud", "where it was to run"),
        "reasons": Fact(
            [{"code": "too_many_parameters", "limit": 3000000000, "found": 7000000000}],
            "each cap that it breaks",
        ),
        "allowed": Fact(["edge"], "where it may run"),
        "tier_version": Fact("beta v1", "whose caps these are"),
        "model_check": Fact("mck_06a7x", "the check that found it, where there was one"),
    }


def caps(tier: TierVersion) -> Caps:
    """The model caps of a tier's version."""
    return Caps(
        transformer_parameters_below=tier.transformer_parameters_below,
        edge_parameters_max=tier.edge_parameters_max,
        edge_needs_quantised=tier.edge_quantised_only,
        device_parameters_below=tier.device_parameters_below,
        cloud_bytes_max=tier.cloud_bytes_max,
        edge_bytes_max=tier.edge_bytes_max,
        device_bytes_max=tier.device_bytes_max,
    )


def elsewhere(allowed: Sequence[str]) -> str:
    """What to do with a model that may not run somewhere, by where it may."""
    smaller = "quantise it or take a smaller one: `reasons` has every cap that it breaks."
    return (
        f"Run it in place {' or '.join(allowed)}, or {smaller}" if allowed else smaller.capitalize()
    )

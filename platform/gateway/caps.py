"""Which models a caller's tier lets run, and where: a cap that no waiting cures."""

from modelfiles.rules import Caps
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

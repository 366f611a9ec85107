"""The caps in parameters that the seed tiers carry, and byte caps that bind in tests."""

from modelhub.rules import Caps

SEED_CAPS = Caps(
    transformer_parameters_below=13_000_000_000,
    edge_parameters_max=7_000_000_000,
    edge_needs_quantised=True,
    device_parameters_below=1_000_000_000,
    cloud_bytes_max=64 * 1024**3,
    edge_bytes_max=8_000_000_000,
    device_bytes_max=1_200_000_000,
)

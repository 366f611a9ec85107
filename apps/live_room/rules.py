"""What may be asked: the stems and chains there are, and which accelerator each prefers."""

from collections.abc import Mapping
from typing import Any

from audio import effects, stems
from foundation.errors import Invalid

STEM, CHAIN = "stem", "chain"
# Separation is matrix work that gains most from a GPU; a filter chain streams on the processor.
PREFERRED = {STEM: "gpu", CHAIN: "cpu"}

# Measured on one core, of a second of stereo at 44.1 kHz: stems 54 to 79 ms (bass 5), chains 5 to
# 35; and what a job takes anyhow.
SECONDS_PER_SECOND = {STEM: 0.06, CHAIN: 0.015}
SECONDS_ANYHOW = 0.05


def expected_seconds(kind: str, duration_s: float) -> float:
    """What the work on so much sound is thought to last on one core."""
    return SECONDS_ANYHOW + SECONDS_PER_SECOND[kind] * duration_s


def resolve(kind: str, name: str, parameters: Mapping[str, Any]) -> dict[str, float]:
    """Every parameter with its value; raises Invalid that points at the name or the parameter."""
    if kind == STEM:
        return _resolve_stem(name, parameters)
    try:
        return effects.chain_named(name).resolve(parameters)
    except effects.UnknownChain as error:
        raise Invalid.field("/name", "unknown-chain", str(error)) from error
    except effects.UnknownParameter as error:
        pointer = f"/parameters/{error.name}"
        raise Invalid.field(pointer, "unknown-parameter", str(error)) from error
    except effects.ParameterOutOfRange as error:
        pointer = f"/parameters/{error.name}"
        raise Invalid.field(pointer, "out-of-range", str(error)) from error


def _resolve_stem(name: str, parameters: Mapping[str, Any]) -> dict[str, float]:
    if name not in stems.STEMS:
        raise Invalid.field("/name", "unknown-stem", str(stems.UnknownStem(name)))
    if parameters:
        raise Invalid.field("/parameters", "unknown-parameter", "A stem takes no parameters.")
    return {}

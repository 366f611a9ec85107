"""What may be asked: the stems and chains there are, and which accelerator each prefers."""

from collections.abc import Mapping, Sequence
from typing import Any

from audio import effects, stems
from foundation.errors import FieldError, Invalid
from foundation.validation.strict_json import token

STEM, CHAIN = "stem", "chain"
NO_PARAMETERS = "A stem takes no parameters."
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
    """Every parameter with its value; raises Invalid, which points at the name or at every
    parameter that is wrong."""
    if kind == STEM:
        return _resolve_stem(name, parameters)
    try:
        return effects.chain_named(name).resolve(parameters)
    except effects.UnknownChain as error:
        raise Invalid.field("/name", "unknown-chain", str(error)) from error
    except effects.BadParameters as error:
        raise _invalid([_pointed(fault) for fault in error.faults]) from error


def _resolve_stem(name: str, parameters: Mapping[str, Any]) -> dict[str, float]:
    wrong = [_parameter(each, "unknown-parameter", NO_PARAMETERS) for each in parameters]
    if name not in stems.STEMS:
        wrong.insert(0, FieldError("/name", "unknown-stem", str(stems.UnknownStem(name))))
    if wrong:
        raise _invalid(wrong)
    return {}


def _pointed(fault: effects.Fault) -> FieldError:
    unknown = isinstance(fault, effects.UnknownParameter)
    return _parameter(fault.name, "unknown-parameter" if unknown else "out-of-range", str(fault))


def _parameter(name: str, code: str, said: str) -> FieldError:
    return FieldError(f"/parameters/{token(name)}", code, said)


def _invalid(wrong: Sequence[FieldError]) -> Invalid:
    return Invalid(wrong[0].detail, errors=wrong)

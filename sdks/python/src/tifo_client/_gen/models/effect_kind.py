from typing import Literal, cast

EffectKind = Literal["chain", "stem"]


def check_effect_kind(value: str) -> EffectKind:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(EffectKind, value)
    raise TypeError(f"{value!r} is no word of EffectKind")

"""The catalogue of chains: by name, and as plain data for the API and the reference page."""

from collections.abc import Mapping
from types import MappingProxyType

from audio.effects.chain import Chain, ChainDescription
from audio.effects.chains.levels import GLUE_COMPRESSOR, TONE, WARM_LIMITER
from audio.effects.chains.motion import ECHO_THROW, FILTER_SWEEP, WIDE_CHORUS
from audio.effects.chains.spaces import STADIUM, UNDERWATER
from audio.effects.chains.voices import MEGAPHONE, TELEPHONE, VOICE_SHIFT

CHAINS: Mapping[str, Chain] = MappingProxyType(
    {
        chain.name: chain
        for chain in (
            STADIUM,
            UNDERWATER,
            ECHO_THROW,
            WIDE_CHORUS,
            FILTER_SWEEP,
            TELEPHONE,
            MEGAPHONE,
            VOICE_SHIFT,
            WARM_LIMITER,
            GLUE_COMPRESSOR,
            TONE,
        )
    }
)


class UnknownChain(LookupError):
    """No chain has this name; `chain` is the name asked for, `known` are those there are."""

    def __init__(self, chain: str) -> None:
        known = tuple(CHAINS)
        super().__init__(f"There is no effect {chain!r}: the effects are {', '.join(known)}.")
        self.chain = chain
        self.known = known


def chain_named(name: str) -> Chain:
    """Raises `UnknownChain`."""
    try:
        return CHAINS[name]
    except KeyError:
        raise UnknownChain(name) from None


def describe() -> list[ChainDescription]:
    """Every chain with its parameters, in the order of the catalogue."""
    return [chain.describe() for chain in CHAINS.values()]

"""Effects of our own: streaming processors, and the named chains that are made of them.

`apply` runs a chain over a whole clip; `CHAINS[name].build(...)` gives the same chain as a
`Processor` for a live stream. The catalogue with every parameter is `docs/reference/effects.md`.
"""

from audio.effects.chain import BadParameters, Chain, ChainDescription, Fault, UnknownParameter
from audio.effects.parameter import Parameter, ParameterDescription, ParameterOutOfRange
from audio.effects.registry import CHAINS, UnknownChain, chain_named, describe
from audio.effects.rendering import apply

__all__ = [
    "CHAINS",
    "BadParameters",
    "Chain",
    "ChainDescription",
    "Fault",
    "Parameter",
    "ParameterDescription",
    "ParameterOutOfRange",
    "UnknownChain",
    "UnknownParameter",
    "apply",
    "chain_named",
    "describe",
]

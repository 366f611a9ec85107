"""A named chain: its parameters, how it is built for a stream, and how long it rings on."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

from audio.effects.parameter import Parameter, ParameterDescription, ParameterOutOfRange
from audio.effects.processor import Processor, Series
from audio.effects.processors.dynamics import Limiter

LONGEST_TAIL_SECONDS = 15.0
CEILING_DB = -0.3  # true peak
_HIGHEST_SHARE = 0.45  # of the sample rate: no filter corner may reach half of it
_REFERENCE_RATE = 48_000


@dataclass(frozen=True, slots=True)
class Stream:
    """What a chain must know of the stream it is built for."""

    sample_rate: int
    channels: int

    def hertz(self, frequency: float) -> float:
        """The frequency, or the highest that a filter at this sample rate can have."""
        return min(frequency, _HIGHEST_SHARE * self.sample_rate)


Values = Mapping[str, float]


class ChainDescription(TypedDict):
    """A `Chain` as plain data for JSON: latency at 48 kHz, tails with and without the defaults."""

    name: str
    description: str
    latency_ms: float
    tail_seconds: float
    longest_tail_seconds: float
    parameters: list[ParameterDescription]


class UnknownParameter(LookupError):
    """The chain has no parameter `name`; `known` are those it has."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"There is no parameter {name!r}: it takes {', '.join(known)}.")
        self.name = name
        self.known = known


Fault = UnknownParameter | ParameterOutOfRange


class BadParameters(ValueError):
    """A chain does not take these; `faults` are all that are wrong, at least one, as given."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(" ".join(str(fault) for fault in faults))
        self.faults = faults


def _no_tail(_values: Values) -> float:
    return 0.0


def _usual_ceiling(_values: Values) -> float:
    return CEILING_DB


@dataclass(frozen=True, slots=True)
class Chain:
    """`assemble` gets the stream and every parameter's value, checked.

    `ceiling_db` is the highest true peak that leaves, -0.3 dB for most.
    """

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    assemble: Callable[[Stream, Values], Processor]
    tail: Callable[[Values], float] = _no_tail
    ceiling_db: Callable[[Values], float] = _usual_ceiling

    def resolve(self, params: Values) -> dict[str, float]:
        """Every parameter's value, the default where none is given.

        Raises `BadParameters`.
        """
        faults = tuple(self._faults(params))
        if faults:
            raise BadParameters(faults)
        return {
            parameter.name: float(params.get(parameter.name, parameter.default))
            for parameter in self.parameters
        }

    def _faults(self, params: Values) -> Iterator[Fault]:
        known = {parameter.name: parameter for parameter in self.parameters}
        for name, value in params.items():
            if name not in known:
                yield UnknownParameter(name, tuple(known))
            elif not known[name].takes(value):
                yield known[name].refusal(value)

    def build(self, sample_rate: int, channels: int, params: Values) -> Processor:
        """The chain for one stream, behind a limiter of true peaks; raises as `resolve` does."""
        stream, values = Stream(sample_rate, channels), self.resolve(params)
        limiter = Limiter(
            sample_rate=sample_rate, channels=channels, ceiling_db=self.ceiling_db(values)
        )
        return Series(self.assemble(stream, values), limiter)

    def tail_seconds(self, params: Values) -> float:
        """How long it sounds on after its input, to -60 dB, at most 15 s; raises as `resolve`."""
        return min(self.tail(self.resolve(params)), LONGEST_TAIL_SECONDS)

    def describe(self) -> ChainDescription:
        """Plain data; every tail grows with every parameter, so the maxima give the longest."""
        latency = self.build(_REFERENCE_RATE, 2, {}).latency_samples
        maxima = {parameter.name: parameter.maximum for parameter in self.parameters}
        return ChainDescription(
            name=self.name,
            description=self.description,
            latency_ms=round(1000 * latency / _REFERENCE_RATE, 2),
            tail_seconds=round(self.tail_seconds({}), 3),
            longest_tail_seconds=round(self.tail_seconds(maxima), 3),
            parameters=[parameter.describe() for parameter in self.parameters],
        )

"""What an organisation declares of its model when it registers it, beyond what the file tells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar, get_args

from foundation.errors import FieldError, Invalid

Activation = Literal["none", "sigmoid", "softmax"]

_RATES: Final = (1_000, 384_000)
_MOST_SAMPLES: Final = 1 << 24  # in one window: six minutes at 44.1 kHz
_MOST_BATCH: Final = 256
_MOST_NAMES: Final = 10_000
_LONGEST_NAME: Final = 200
_MOST_STATES: Final = 64


@dataclass(frozen=True, slots=True)
class State:
    """What a model remembers: an output that is its input in the next call, zeros in the first."""

    input: str
    output: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """How sound becomes a model's inputs, and what its outputs mean.

    sample_rate     Hz; the sound is made mono and brought to it
    window, hop     samples: what one input holds, and from one input to the next
    lead            samples of silence before the first, so that windows reach back
    batch           most windows in one call; a model with states always takes one
    input           the name of the samples' input; empty for the only one there is
    outputs         the contract's role -> the output's name; empty for the only one there is
    states          see `State`
    constants       inputs that are the same number in every call
    labels          names of scores or stems, in the model's order
    activation      what turns scores into 0 to 1
    threshold       0 to 1: from where a tag or a note counts
    frame_hop       pitch: samples from one frame to the next
    margin_frames   pitch: frames at either end of a window that are not used
    lowest_midi     pitch: the note of the first row; each row is a semitone
    """

    sample_rate: int
    window: int
    hop: int
    lead: int = 0
    batch: int = 16
    input: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    states: tuple[State, ...] = ()
    constants: Mapping[str, float] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    activation: Activation = "none"
    threshold: float = 0.5
    frame_hop: int = 0
    margin_frames: int = 0
    lowest_midi: int = 21


Read = TypeVar("Read")


def declared(body: object) -> Declaration:
    """Read a declaration from JSON; raises Invalid with a pointer to each field that is wrong."""
    if body is None:
        said = "declaration: The contract asks for one, as an object: sample_rate, window, hop, …"
        raise Invalid.field("/declaration", "missing", said)
    if not isinstance(body, Mapping):
        raise Invalid.field("/declaration", "invalid", "declaration: Must be an object.")
    reader = _Reader(body)
    made = Declaration(
        sample_rate=reader.read("sample_rate", _between(*_RATES)),
        window=reader.read("window", _between(1, _MOST_SAMPLES)),
        hop=reader.read("hop", _between(1, _MOST_SAMPLES)),
        lead=reader.read("lead", _between(0, _MOST_SAMPLES), 0),
        batch=reader.read("batch", _between(1, _MOST_BATCH), 16),
        input=reader.read("input", _name, ""),
        outputs=reader.read("outputs", _mapping(_name), {}),
        states=reader.read("states", _states, ()),
        constants=reader.read("constants", _mapping(_number), {}),
        labels=reader.read("labels", _names, ()),
        activation=reader.read("activation", _activation, "none"),
        threshold=reader.read("threshold", _share, 0.5),
        frame_hop=reader.read("frame_hop", _between(1, _MOST_SAMPLES), 0),
        margin_frames=reader.read("margin_frames", _between(0, _MOST_SAMPLES), 0),
        lowest_midi=reader.read("lowest_midi", _between(0, 127), 21),
    )
    reader.finish()
    return made


class _Reader:
    """Reads fields one by one and gathers what is wrong with them."""

    def __init__(self, body: Mapping[str, object]) -> None:
        self._body = body
        self._asked: set[str] = set()
        self._wrong: list[FieldError] = []

    def read(self, name: str, of: Callable[[Any], Read], default: Read | None = None) -> Read:
        """The field's value; for a wrong one anything, because `finish` raises then."""
        self._asked.add(name)
        if name not in self._body and default is not None:
            return default
        value = self._body.get(name)
        try:
            return of(value)
        except ValueError as expected:
            self._refuse(name, "missing" if name not in self._body else "invalid", str(expected))
            return default  # type: ignore[return-value]

    def finish(self) -> None:
        for name in sorted(self._body.keys() - self._asked):
            self._refuse(str(name)[:_LONGEST_NAME], "unknown", "There is no such field.")
        if self._wrong:
            raise Invalid(self._wrong[0].detail, errors=self._wrong[:20])

    def _refuse(self, name: str, code: str, detail: str) -> None:
        self._wrong.append(FieldError(f"/declaration/{name}", code, f"{name}: {detail}"))


def _between(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"Must be a whole number from {least} to {most}.")
        return value

    return read


def _share(value: Any) -> float:
    if not 0 <= _number(value) <= 1:
        raise ValueError("Must be a number from 0 to 1.")
    return float(value)


def _number(value: Any) -> float:
    if type(value) not in (int, float) or abs(value) > 1e15:
        raise ValueError("Must be a number.")
    return float(value)


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME:
        raise ValueError(f"Must be a name of 1 to {_LONGEST_NAME} characters.")
    return value


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > _MOST_NAMES:
        raise ValueError(f"Must be a list of at most {_MOST_NAMES} names.")
    names = tuple(_name(each) for each in value)
    if len(set(names)) != len(names):
        raise ValueError("Every name must differ from the others.")
    return names


def _activation(value: Any) -> Activation:
    if value not in get_args(Activation):
        raise ValueError(f"Must be one of {', '.join(get_args(Activation))}.")
    return value  # type: ignore[no-any-return]


def _mapping(of: Callable[[Any], Read]) -> Callable[[Any], Mapping[str, Read]]:
    def read(value: Any) -> Mapping[str, Read]:
        if not isinstance(value, dict) or len(value) > _MOST_STATES:
            raise ValueError(f"Must be an object of at most {_MOST_STATES} members.")
        return {_name(name): of(each) for name, each in value.items()}

    return read


def _states(value: Any) -> tuple[State, ...]:
    if not isinstance(value, list) or len(value) > _MOST_STATES:
        raise ValueError(f"Must be a list of at most {_MOST_STATES} states.")
    return tuple(_state(each) for each in value)


def _state(value: Any) -> State:
    if not isinstance(value, dict) or value.keys() != {"input", "output", "shape"}:
        raise ValueError("A state has exactly an input, an output and a shape.")
    sizes = value["shape"]
    if not isinstance(sizes, list) or len(sizes) > 8:
        raise ValueError("A state's shape is a list of at most eight sizes.")
    shape = tuple(_between(1, _MOST_SAMPLES)(size) for size in sizes)
    elements = 1
    for size in shape:
        elements *= size
    if elements > _MOST_SAMPLES:
        raise ValueError(f"A state has at most {_MOST_SAMPLES} elements.")
    return State(_name(value["input"]), _name(value["output"]), shape)

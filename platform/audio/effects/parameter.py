"""One knob of a chain: its unit, its range, and the refusal of what lies outside it."""

from dataclasses import dataclass
from typing import TypedDict


class ParameterDescription(TypedDict):
    """A `Parameter` as plain data for JSON."""

    name: str
    unit: str
    minimum: float
    maximum: float
    default: float
    description: str


class ParameterOutOfRange(ValueError):
    """A value is not a number from `minimum` to `maximum`; `name` is the parameter's."""

    def __init__(self, name: str, value: float, minimum: float, maximum: float) -> None:
        super().__init__(f"{name} must be from {minimum:g} to {maximum:g}, not {value!r}.")
        self.name = name
        self.value = value
        self.minimum = minimum
        self.maximum = maximum


@dataclass(frozen=True, slots=True)
class Parameter:
    """`unit` is one of Hz, ms, s, dB, semitones, ratio (a pure number) and share (0 to 1)."""

    name: str
    unit: str
    minimum: float
    maximum: float
    default: float
    description: str

    def takes(self, value: float) -> bool:
        """Whether it is a number within the range: neither NaN nor a boolean is."""
        number = not isinstance(value, bool) and isinstance(value, int | float)
        return number and self.minimum <= value <= self.maximum

    def refusal(self, value: float) -> ParameterOutOfRange:
        """What is wrong with one that it does not take."""
        return ParameterOutOfRange(self.name, value, self.minimum, self.maximum)

    def describe(self) -> ParameterDescription:
        return ParameterDescription(
            name=self.name,
            unit=self.unit,
            minimum=self.minimum,
            maximum=self.maximum,
            default=self.default,
            description=self.description,
        )

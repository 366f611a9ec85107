"""How hard a kiosk may work at its temperature: a ladder with hysteresis, so it never flaps."""

from dataclasses import dataclass
from enum import StrEnum
from math import inf


class Thermal(StrEnum):
    """The rungs of the ladder, coolest first."""

    NORMAL = "normal"
    REDUCED = "reduced"
    MINIMAL = "minimal"


@dataclass(frozen=True)
class Step:
    """A rung: entered at `from_celsius` or hotter; the shares are of the device's full measure."""

    thermal: Thermal
    from_celsius: float
    inference_share: float
    led_brightness: float


@dataclass(frozen=True)
class DevicePolicy:
    """What is asked of every kiosk: `steps` coolest first, the first one without a threshold."""

    steps: tuple[Step, ...]
    hysteresis_celsius: float
    readings_kept: int


@dataclass(frozen=True)
class Advice:
    """The rung to stand on, and the temperatures (°C) at which it changes; None at the ends."""

    step: Step
    rises_at_celsius: float | None
    falls_below_celsius: float | None


PUBLISHED = DevicePolicy(
    steps=(
        Step(Thermal.NORMAL, -inf, inference_share=1.0, led_brightness=1.0),
        Step(Thermal.REDUCED, 65.0, inference_share=0.5, led_brightness=0.6),
        Step(Thermal.MINIMAL, 70.0, inference_share=0.0, led_brightness=0.2),
    ),
    hysteresis_celsius=3.0,
    readings_kept=1_000,
)


def advise(previous: Thermal, soc_celsius: float, policy: DevicePolicy) -> Advice:
    """The hottest rung whose threshold is met; rungs up to the previous one are held longer.

    A rung is entered at its threshold and left only below threshold minus hysteresis.
    """
    held = [step.thermal for step in policy.steps].index(previous)
    position = max(
        index
        for index, step in enumerate(policy.steps)
        if soc_celsius >= step.from_celsius - (policy.hysteresis_celsius if index <= held else 0)
    )
    step, hotter = policy.steps[position], policy.steps[position + 1 : position + 2]
    return Advice(
        step,
        rises_at_celsius=hotter[0].from_celsius if hotter else None,
        falls_below_celsius=step.from_celsius - policy.hysteresis_celsius if position else None,
    )

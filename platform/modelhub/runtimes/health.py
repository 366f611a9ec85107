"""How a device is: temperature, power and free memory, where the machine lets them be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelhub.runtimes.cards import Card, cards
from modelhub.runtimes.devices import CUDA, TENSORRT, Device

_SYS: Final = Path("/sys/class")
_MEMINFO: Final = Path("/proc/meminfo")
# Zones and chips that measure the processor itself, as Linux names them on x86, ARM and Jetson.
_PROCESSORS: Final = ("x86_pkg_temp", "cpu", "soc", "coretemp", "k10temp", "zenpower")
_KIB: Final = 1 << 10


@dataclass(frozen=True, slots=True)
class Readings:
    """Degrees Celsius, watts and bytes; None is what cannot be read here."""

    temperature_c: float | None = None
    power_w: float | None = None
    memory_free_bytes: int | None = None


def readings(device: Device, *, sys: Path = _SYS, meminfo: Path = _MEMINFO) -> Readings:
    """How the device is at this moment. Accelerators that tell nothing have empty readings."""
    if device.provider in (CUDA, TENSORRT):
        return of_card(cards(), device.device_id)
    if device.accelerator != "cpu":
        return Readings()
    heat = processor_temperature(zones(sys))
    return Readings(temperature_c=heat, memory_free_bytes=available(_text(meminfo)))


def of_card(listed: Sequence[Card], index: int) -> Readings:
    """The readings of one card, empty where it is not listed."""
    card = next((each for each in listed if each.index == index), None)
    if card is None:
        return Readings()
    return Readings(card.temperature_c, card.power_w, card.memory_free_bytes)


def zones(sys: Path) -> dict[str, list[int]]:
    """Every sensor's thousandths of a degree by the name of its zone or chip.

    `sys` is laid out as /sys/class: `thermal/thermal_zone*/{type,temp}` and
    `hwmon/hwmon*/{name,temp*_input}`.
    """
    told: dict[str, list[int]] = {}
    for zone in sorted(sys.glob("thermal/thermal_zone*")):
        _note(told, zone / "type", [zone / "temp"])
    for chip in sorted(sys.glob("hwmon/hwmon*")):
        _note(told, chip / "name", sorted(chip.glob("temp*_input")))
    return told


def processor_temperature(told: Mapping[str, Sequence[int]]) -> float | None:
    """The hottest of the processor's own sensors in degrees, None where none is known as its."""
    own = [
        value / 1000
        for name, values in told.items()
        if name.lower().startswith(_PROCESSORS)
        for value in values
    ]
    return max(own, default=None)


def available(meminfo: str) -> int | None:
    """`MemAvailable` of /proc/meminfo in bytes: what can be had without swapping."""
    for line in meminfo.splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) * _KIB
    return None


def _note(told: dict[str, list[int]], name: Path, sensors: Sequence[Path]) -> None:
    values = [_text(sensor).strip() for sensor in sensors]
    told.setdefault(_text(name).strip(), []).extend(
        int(value) for value in values if value.removeprefix("-").isdecimal()
    )


def _text(path: Path) -> str:
    """A sensor may be listed and refuse to be read."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""

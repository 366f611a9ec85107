"""What this machine computes on, by cheap means: no driver is loaded to find out."""

import contextlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jobs.devices import Device
from tifo.environment import environment

HOTTEST_C: Final = 90.0
"""From when on a GPU or an NPU takes no job, unless the operator says otherwise."""
CARDS: Final = Path("/dev")
_TELLS_WITHIN_S: Final = 5.0
_QUERY: Final = "--query-gpu=index,name,temperature.gpu,power.draw"


def found() -> list[Device]:
    """The processor always; each card of NVIDIA's whose driver answers; an NPU where `TIFO_NPU`
    says what runs models on it, for none tells of itself in a way that all share."""
    provider = environment().npu
    npu = [Device(accelerator="npu", name=provider, provider=provider)] if provider else []
    return [Device(accelerator="cpu", name=_processor()), *map(_gpu, _cards()), *npu]


def device(accelerator: str, number: int = 0) -> Device | None:
    """The one that is asked for, if it is there."""
    same = (each for each in found() if each.accelerator == accelerator)
    return next((each for each in same if each.number == number), None)


def only(chosen: Device) -> dict[str, str]:
    """Variables under which a process sees of the cards the chosen one, and else none."""
    seen = str(chosen.number) if chosen.accelerator == "gpu" else "-1"
    return {"CUDA_VISIBLE_DEVICES": seen}


def readings(chosen: Device) -> Mapping[str, float]:
    """`celsius` and `watts` of the device as far as they can be read."""
    if chosen.accelerator == "gpu":
        card = next((each for each in _cards() if each[0] == str(chosen.number)), ())
        told = dict(zip(("celsius", "watts"), card[2:], strict=False))
        return {name: value for name, text in told.items() if (value := _number(text)) is not None}
    return _zones() if chosen.accelerator == "cpu" else {}


def processors() -> int:
    """How many this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_bytes() -> int:
    """The machine's memory, or what of it the control group of this process may have."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    with contextlib.suppress(OSError, ValueError):
        limits.append(int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return min(limits)


def _cards() -> list[list[str]]:
    """A row for each card: number, name, degrees Celsius and watts."""
    if not any(CARDS.glob("nvidia[0-9]*")):
        return []
    asked = ["nvidia-smi", _QUERY, "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(  # noqa: S603  (made of constants)
            asked, capture_output=True, text=True, check=True, timeout=_TELLS_WITHIN_S
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [[each.strip() for each in line.split(",")] for line in told.stdout.splitlines()]


def _gpu(card: list[str]) -> Device:
    return Device(
        accelerator="gpu",
        number=int(card[0]),
        name=card[1],
        provider="CUDAExecutionProvider",
    )


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return os.uname().machine


def _zones() -> Mapping[str, float]:
    """The hottest of the zones that the kernel names, in thousandths of a degree each."""
    told = []
    for zone in Path("/sys/class/thermal").glob("thermal_zone*/temp"):
        with contextlib.suppress(OSError, ValueError):
            told.append(int(zone.read_text()) / 1000)
    return {"celsius": max(told)} if told else {}


def _number(text: str) -> float | None:
    """None for what the card does not tell, such as [N/A]."""
    with contextlib.suppress(ValueError):
        return float(text)
    return None

"""What this machine computes on, found out by cheap means: no card is initialised."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jobs.devices import Device
from modelhub.runtimes import health
from modelhub.runtimes.cards import cards
from modelhub.runtimes.devices import CUDA
from modelhub.runtimes.health import Readings
from modelhub.runtimes.library import onnxruntime
from tifo.environment import environment

HOTTEST_C: Final = 90.0
"""From when on a GPU or an NPU takes no job, unless the operator says otherwise."""
LISTS_WITHIN_S: Final = 60.0
_LISTS: Final = """
import sys
from modelhub.runtimes.devices import devices
sys.exit(("npu", sys.argv[1]) not in {(each.accelerator, each.provider) for each in devices()})
"""
_SENSORS: Final = Path("/sys/class")


def found() -> list[Device]:
    """The processor always; each card of NVIDIA's whose driver answers, where the ONNX Runtime that
    is installed can compute on it; an NPU where `TIFO_NPU` says what runs models on it, for none
    tells of itself in a way that all share, and that ONNX Runtime lists one."""
    return [Device(accelerator="cpu", name=_processor()), *_gpus(), *_npus()]


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
        told = health.of_card(cards(), chosen.number)
    elif chosen.accelerator == "cpu":
        told = Readings(health.processor_temperature(health.zones(_SENSORS)))
    else:
        told = Readings()
    named = {"celsius": told.temperature_c, "watts": told.power_w}
    return {name: value for name, value in named.items() if value is not None}


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


def _gpus() -> list[Device]:
    """Asked only where there is a card: to load ONNX Runtime takes a fifth of a second."""
    listed = cards()
    if not listed or CUDA not in onnxruntime().get_available_providers():
        return []
    return [
        Device(accelerator="gpu", number=card.index, name=card.name, provider=CUDA)
        for card in listed
    ]


def _npus() -> list[Device]:
    provider = environment().npu
    if not provider or not _lists(provider):
        return []
    return [Device(accelerator="npu", name=provider, provider=provider)]


def _lists(provider: str) -> bool:
    """Asked in a process that ends: a provider may begin its device in order to list it."""
    try:
        asked = [sys.executable, "-c", _LISTS, provider]
        told = subprocess.run(  # noqa: S603  (ours, of the operator's word)
            asked, capture_output=True, check=False, timeout=LISTS_WITHIN_S
        )
    except subprocess.TimeoutExpired:
        return False
    return told.returncode == 0


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return os.uname().machine

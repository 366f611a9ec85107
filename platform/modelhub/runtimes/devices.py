"""What this machine can compute on, as ONNX Runtime and the cards' driver tell it."""

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from modelhub.runtimes.cards import Card, cards
from modelhub.runtimes.library import onnxruntime, register

Accelerator = Literal["cpu", "gpu", "npu"]
CPU: Final = "CPUExecutionProvider"
CUDA: Final = "CUDAExecutionProvider"
TENSORRT: Final = "TensorrtExecutionProvider"
QNN: Final = "QNNExecutionProvider"
COREML: Final = "CoreMLExecutionProvider"

_NVIDIA: Final = (TENSORRT, CUDA)
_KINDS: Final[Mapping[str, Accelerator]] = {"CPU": "cpu", "GPU": "gpu", "NPU": "npu"}


@dataclass(frozen=True, slots=True)
class Device:
    """Something to compute on, through one execution provider.

    accelerator    what a job may ask for
    provider       the execution provider's name, as `CUDAExecutionProvider`
    device_id      which of the kind, from 0
    memory_bytes   its own memory; None where it shares the machine's, or does not tell
    options        what its provider must be given besides, as pairs
    """

    accelerator: Accelerator
    provider: str
    vendor: str
    name: str
    device_id: int
    memory_bytes: int | None = None
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """One pair of provider and hardware that ONNX Runtime lists; `kind` is CPU, GPU or NPU."""

    provider: str
    kind: str
    vendor: str
    name: str
    device_id: int


PROCESSOR: Final = Device("cpu", CPU, "", "processor", 0)


def devices(
    libraries: Mapping[str, Path] | None = None, *, simulators: bool = False
) -> tuple[Device, ...]:
    """Every device that is really here; the processor is the last.

    `libraries` are providers that come as plugins (see `library.register`). With `simulators` the
    Hexagon simulator of `onnxruntime-qnn` counts as an NPU, which it is only in tests.

    Ask in a child process that ends: providers may initialise their cards when they are registered.
    """
    register(libraries or {})
    runtime = onnxruntime()
    return found(
        offers=[_offer(each) for each in runtime.get_ep_devices()],
        built_in=runtime.get_available_providers(),
        cards=cards(),
        system=(platform.system(), platform.machine()),
        simulator=_simulator((libraries or {}).get(QNN)) if simulators else (),
    )


def found(
    *,
    offers: Sequence[Offer],
    built_in: Sequence[str],
    cards: Sequence[Card],
    system: tuple[str, str],
    simulator: tuple[tuple[str, str], ...] = (),
) -> tuple[Device, ...]:
    """Turn what is listed into devices: a provider without hardware behind it is none.

    `built_in` are the providers in this build of ONNX Runtime, which say nothing of hardware;
    `system` is the operating system and the machine, as `platform` names them; `simulator` the
    options of a simulated NPU.
    """
    plugged = [device for offer in offers for device in _plugged(offer, cards, simulator)]
    nvidia = [
        Device("gpu", provider, "NVIDIA", card.name, card.index, card.memory_bytes)
        for provider in _NVIDIA
        if provider in built_in and not any(each.provider == provider for each in plugged)
        for card in cards
    ]
    apple = COREML in built_in and system == ("Darwin", "arm64")
    neural = [Device("npu", COREML, "Apple", "Apple Neural Engine", 0)] if apple else []
    return (*nvidia, *plugged, *neural, _processor(offers))


def _plugged(
    offer: Offer, cards: Sequence[Card], simulator: tuple[tuple[str, str], ...]
) -> Iterator[Device]:
    accelerator = _KINDS[offer.kind]
    if offer.provider == QNN and accelerator == "cpu":
        # Qualcomm's library takes any x86 processor for a place to simulate its NPU on.
        if simulator:
            yield Device("npu", QNN, "Qualcomm", "Hexagon simulator", 0, None, simulator)
        return
    if accelerator == "cpu":
        return  # the processor is listed once, by ONNX Runtime's own provider
    card = next((each for each in cards if each.index == offer.device_id), None)
    memory = card.memory_bytes if card and offer.provider in _NVIDIA else None
    yield Device(accelerator, offer.provider, offer.vendor, offer.name, offer.device_id, memory)


def _processor(offers: Sequence[Offer]) -> Device:
    own = next((offer for offer in offers if offer.provider == CPU), None)
    return PROCESSOR if own is None else Device("cpu", CPU, own.vendor, own.name or "processor", 0)


def _offer(listed: Any) -> Offer:
    hardware = listed.device
    name = str(hardware.metadata.get("Description", ""))
    return Offer(
        listed.ep_name,
        hardware.type.name,
        hardware.vendor,
        name or hardware.vendor,
        _number(listed),
    )


def _number(listed: Any) -> int:
    """Which card: the metadata of a provider counts them, the hardware's id names its model."""
    told = str(dict(listed.ep_options).get("device_id", "0"))
    return int(told) if told.isdecimal() else 0


def _simulator(library: Path | None) -> tuple[tuple[str, str], ...]:
    """Where the simulated NPU lies: beside the provider."""
    backend = library.resolve().parent / "libQnnHtp.so" if library else None
    return (("backend_path", str(backend)),) if backend and backend.exists() else ()

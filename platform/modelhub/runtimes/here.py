"""What this process computes on, once its worker has told it which kind of device it has."""

import dataclasses
import functools
import platform
from typing import Final

from modelhub.runtimes.devices import CUDA, PROCESSOR, TENSORRT, Device, devices
from modelhub.runtimes.sessions import DeviceUnavailable

MACHINE: Final = platform.node()
"""This machine's name, as what ran here is told."""


def device_for(accelerator: str, *, required: bool = False) -> Device:
    """The device of a kind (cpu, gpu, npu) that this process sees.

    Where there is none that runs models it is the processor, unless the kind is `required`: then
    DeviceUnavailable is raised. Only for a process that works for a worker, and never forks.
    """
    if accelerator == PROCESSOR.accelerator:
        return PROCESSOR
    found = next((each for each in _seen() if each.accelerator == accelerator), None)
    if found is None and required:
        raise DeviceUnavailable(f"No {accelerator} of this worker's runs models.")
    return found or PROCESSOR


def exact(device: Device) -> Device:
    """The same device, products of float32 made in float32: CUDA would make them in TF32."""
    if device.provider != CUDA:
        return device
    return dataclasses.replace(device, options=(*device.options, ("use_tf32", "0")))


@functools.cache
def _seen() -> tuple[Device, ...]:
    """TensorRT is left out: it compiles each model for minutes before it runs it once."""
    return tuple(each for each in devices() if each.provider != TENSORRT)

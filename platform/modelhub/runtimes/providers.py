"""Which execution providers a session is given, in which order. Pure."""

from typing import Final

from modelhub.runtimes.devices import COREML, CPU, CUDA, TENSORRT, Device

Options = dict[str, str]

# What a provider takes over where the one before it leaves an operator: only on the same card.
_COMPANIONS: Final = {TENSORRT: (CUDA,)}


def providers_for(device: Device, *, fallback: bool) -> list[tuple[str, Options]]:
    """The providers for a device, the first preferred; with `fallback` the processor is the last.

    Without it an accelerator was demanded: the processor is not named, and a session that would
    need it is refused (see `config_for`).
    """
    names = (device.provider, *_COMPANIONS.get(device.provider, ()))
    chosen = [(name, _options(device, name)) for name in names]
    if fallback and device.provider != CPU:
        chosen.append((CPU, {}))
    return chosen


def config_for(device: Device, *, fallback: bool) -> Options:
    """The session's configuration: on an NPU no operator may run elsewhere when it was demanded.

    On a GPU ONNX Runtime itself keeps the arithmetic of shapes on the processor, on purpose and in
    almost every model; a demand there means that the work is on the card, which
    `sessions.open_session` checks by where the operators were placed.
    """
    strict = not fallback and device.accelerator == "npu"
    return {"session.disable_cpu_ep_fallback": "1"} if strict else {}


def _options(device: Device, provider: str) -> Options:
    named: Options = dict(device.options)
    if provider in (CUDA, TENSORRT):
        return {"device_id": str(device.device_id), **named}
    if provider == COREML:
        return {"ModelFormat": "MLProgram", "MLComputeUnits": "CPUAndNeuralEngine", **named}
    return named

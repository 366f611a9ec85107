"""A model that is loaded: what it takes and gives, a call to run it, and where that really ran."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from foundation.errors import Retry, TifoError
from modelhub.runtimes.devices import CPU, Accelerator, Device
from modelhub.runtimes.files import ModelUnloadable, check_bytes, check_file
from modelhub.runtimes.library import onnxruntime
from modelhub.runtimes.providers import config_for, providers_for
from modelhub.runtimes.tensors import Array, Port, Tensors, check, port

_LONGEST_DETAIL: Final = 300
_HEADING: Final = re.compile(r"^\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : ")
_UNKNOWN: Final = re.compile(
    r"No opset import for domain|is not a registered function|No Op registered"
)

_DO: Final = {
    "unknown_operators": "Export the model with ONNX's own operators.",
    "malformed": "Export the model again, and see that ONNX Runtime loads it.",
}


class DeviceUnavailable(TifoError):
    status = 500
    code = "device-unavailable"
    title = "The accelerator does not answer"
    meaning = "The worker advertised a device that could not be opened: its driver or card failed."
    remedy = "Send the job again; another worker may take it. The operator's logs have the cause."
    retry = Retry.YES
    advice = "Send the job again: another worker may take it."


class ModelFailed(TifoError):
    status = 422
    code = "model-failed"
    title = "The model broke off while it ran"
    meaning = (
        "The inputs had the declared types and shapes, and an operator within the model could not "
        "work on them, or ran out of memory."
    )
    remedy = (
        "Read `detail`, which names the operator, and run the model on the same input yourself."
    )
    retry = Retry.NO
    advice = "Run the model on the same input yourself, and register one that bears it."


@dataclass(frozen=True, slots=True)
class RanOn:
    """Where work was done: the machine's name, the kind of device, and through what."""

    machine: str
    accelerator: Accelerator
    provider: str


class Session:
    """One loaded model. Runs may overlap from several threads; it belongs to one process.

    inputs, outputs   the ports that the graph declares
    ran_on            where its operators were placed
    placed            operators by execution provider, before they are fused
    bytes             of the model with its external data
    """

    def __init__(self, opened: Any, device: Device, *, machine: str, bytes_: int) -> None:
        self._opened = opened
        self.bytes = bytes_
        self.inputs = _ports(opened.get_inputs())
        self.outputs = _ports(opened.get_outputs())
        self.placed = _placed(opened)
        self.ran_on = _ran_on(device, self.placed, machine)

    def run(self, inputs: Tensors) -> dict[str, Array]:
        """Every output by its name.

        Raises BadTensor for inputs that the model does not take, ModelFailed where it broke off.
        """
        check(self.inputs, inputs)
        names = [each.name for each in self.outputs]
        try:
            results = self._opened.run(names, dict(inputs))
        except Exception as error:  # the library's errors have no root but this
            raise ModelFailed(_plain(error)) from error
        return dict(zip(names, results, strict=True))


def open_session(
    model: Path | bytes,
    device: Device,
    *,
    machine: str,
    threads: int = 1,
    fallback: bool = False,
) -> Session:
    """Load a model onto a device, with so many threads for one run where the processor computes.

    With `fallback` the processor takes what the device cannot; without it that is an error. Custom
    operators are never loaded, and only ONNX itself is read, not the runtime's own format.
    Raises ModelUnloadable, or DeviceUnavailable where the device itself cannot be opened.
    """
    bytes_ = check_bytes(model) if isinstance(model, bytes) else check_file(model)
    options = _options(device, threads=threads, fallback=fallback)
    opened = _opened(model, device, options, fallback=fallback)
    try:
        session = Session(opened, device, machine=machine, bytes_=bytes_)
    except LookupError as kind:
        raise ModelUnloadable(
            f"Tensors of {kind} are not served: export the model with numbers or flags.",
            reason="unserved_types",
        ) from kind
    if not fallback and session.ran_on.accelerator != device.accelerator:
        raise _not_there(device)
    return session


def _options(device: Device, *, threads: int, fallback: bool) -> Any:
    options = onnxruntime().SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    config = {
        "session.load_model_format": "ONNX",
        "session.record_ep_graph_assignment_info": "1",
        # Threads that spin while they wait would take a core from whoever works beside us.
        "session.intra_op.allow_spinning": "0",
        **config_for(device, fallback=fallback),
    }
    for key, value in config.items():
        options.add_session_config_entry(key, value)
    return options


def _opened(model: Path | bytes, device: Device, options: Any, *, fallback: bool) -> Any:
    runtime = onnxruntime()
    chosen = providers_for(device, fallback=fallback)
    plugged = [each for each in runtime.get_ep_devices() if _is(each, device)]
    if device.provider != CPU and plugged:
        options.add_provider_for_devices(plugged[:1], dict(chosen[0][1]))
        chosen = []
    elif not {name for name, _ in chosen} <= set(runtime.get_available_providers()):
        raise DeviceUnavailable(f"{device.provider} is not installed on this worker.")
    given = model if isinstance(model, bytes) else str(model)
    try:
        return runtime.InferenceSession(given, options, providers=chosen, enable_fallback=0)
    except Exception as error:  # the library's errors have no root but this
        raise _why(error, model, device) from error


def _is(listed: Any, device: Device) -> bool:
    told = str(dict(listed.ep_options).get("device_id", device.device_id))
    return bool(listed.ep_name == device.provider and told == str(device.device_id))


def _why(error: Exception, model: Path | bytes, device: Device) -> TifoError:
    text = str(error)
    if (
        "disable_cpu_ep_fallback" in text
        or "fallback to CPU EP has been explicitly disabled" in text
    ):
        return _not_there(device)
    if "CUDA failure" in text or "CUDA error" in text:
        return DeviceUnavailable(_plain(error))
    detail = _plain(error) if isinstance(model, bytes) else _plain(error, hidden=model)
    reason = "unknown_operators" if _UNKNOWN.search(text) else "malformed"
    return ModelUnloadable(f"{detail.removesuffix('.')}. {_DO[reason]}", reason=reason)


def _not_there(device: Device) -> ModelUnloadable:
    return ModelUnloadable(
        f"The model cannot run on the {device.accelerator} alone, which was demanded: ask for it "
        "as a preference.",
        reason="not_on_accelerator",
    )


def _plain(error: Exception, hidden: Path | None = None) -> str:
    """The library's own words for a caller: one line, without its heading and without our paths."""
    text = _HEADING.sub("", str(error))
    if hidden is not None:
        text = text.replace(str(hidden), hidden.name).replace(str(hidden.parent), "")
    words = " ".join(text.split())[:_LONGEST_DETAIL].rstrip()
    return "".join(each if each.isprintable() else "?" for each in words)


def _ports(declared: list[Any]) -> tuple[Port, ...]:
    return tuple(port(each.name, each.type, each.shape) for each in declared)


def _placed(opened: Any) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for part in opened.get_provider_graph_assignment_info():
        counts[part.ep_name] += len(part.get_nodes())
    return dict(counts)


def _ran_on(device: Device, placed: dict[str, int], machine: str) -> RanOn:
    """The first of the device's own providers that got anything; the processor where none did.

    A graph that was folded into constants has no operators left: it counts as the device's.
    """
    own = [name for name, _ in providers_for(device, fallback=False)]
    used = next((name for name in own if placed.get(name)), None)
    if used is None and placed:
        return RanOn(machine, "cpu", CPU)
    return RanOn(machine, device.accelerator, used or device.provider)

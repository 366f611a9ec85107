"""The graph of a model that nobody has loaded: its inputs and outputs, read from the file."""

from collections.abc import Sequence
from typing import Final

from modelfiles import Source, Value, onnx_values
from modelhub.contracts.graph import Graph
from modelhub.runtimes.files import ModelUnloadable
from modelhub.runtimes.tensors import Port, shown

# TensorProto.DataType, as far as tensors of that kind are served.
_DTYPES: Final = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
}


def graph_of(source: Source) -> Graph:
    """What an ONNX file declares of its graph, as a session over it would.

    Raises ModelUnloadable for types that are not served, for a value without a shape and for two
    inputs or two outputs of one name, and ModelRefused as `modelfiles.inspect` does.
    """
    inputs, outputs = onnx_values(source)
    return Graph(_ports(inputs, "inputs"), _ports(outputs, "outputs"))


def _ports(values: Sequence[Value], what: str) -> tuple[Port, ...]:
    ports = {value.name: _port(value) for value in values}
    if len(ports) < len(values):
        names = [value.name for value in values]
        twice = next(name for name in names if names.count(name) > 1)
        raise ModelUnloadable(
            f"Two {what} are called {shown(twice)}: rename one.", reason="malformed"
        )
    return tuple(ports.values())


def _port(value: Value) -> Port:
    if value.element not in _DTYPES:
        raise ModelUnloadable(
            f"{value.name} is not a tensor of numbers or flags, which alone are served.",
            reason="unserved_types",
        )
    if value.shape is None:
        raise ModelUnloadable(
            f"{value.name} declares no shape: infer shapes when you export the model.",
            reason="malformed",
        )
    return Port(value.name, _DTYPES[value.element], value.shape)

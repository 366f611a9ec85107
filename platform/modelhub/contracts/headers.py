"""The graph of a model that nobody has loaded: its inputs and outputs, read from the file."""

from typing import Final

from modelfiles import Source, Value, onnx_values
from modelhub.contracts.graph import Graph
from modelhub.runtimes.files import ModelUnloadable
from modelhub.runtimes.tensors import Port

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

    Raises ModelUnloadable for types that are not served and for a value without a shape, and
    ModelRefused as `modelfiles.inspect` does.
    """
    inputs, outputs = onnx_values(source)
    return Graph(tuple(map(_port, inputs)), tuple(map(_port, outputs)))


def _port(value: Value) -> Port:
    if value.element not in _DTYPES:
        raise ModelUnloadable(
            f"{value.name} is not a tensor of numbers or flags.", reason="unserved_types"
        )
    if value.shape is None:
        raise ModelUnloadable(
            f"{value.name} declares no shape: infer shapes when you export the model.",
            reason="malformed",
        )
    return Port(value.name, _DTYPES[value.element], value.shape)

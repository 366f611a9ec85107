"""A graph while it is drawn: each operation once, and in the end only what an output needs."""

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17  # ReduceSum and Slice take tensors, and every provider of ONNX Runtime knows it
IR_VERSION = 8
TO_THE_END = np.iinfo(np.int64).max

Dimensions = Sequence[str | int]
Attribute = int | float | str | Sequence[int]


class Drawing:
    """Operations in the order in which they were asked for; every method names its result."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._inputs: list[onnx.ValueInfoProto] = []
        self._nodes: dict[tuple[object, ...], onnx.NodeProto] = {}
        self._constants: dict[tuple[str, tuple[int, ...], bytes], onnx.TensorProto] = {}

    def input(self, name: str, dimensions: Dimensions, kind: int = TensorProto.FLOAT) -> str:
        """What a run brings; a dimension with a name is the run's to choose."""
        self._inputs.append(helper.make_tensor_value_info(name, kind, list(dimensions)))
        return name

    def constant(self, values: NDArray[np.generic]) -> str:
        """A value that the file holds, once however often it is asked for."""
        key = (values.dtype.str, values.shape, values.tobytes())
        if key not in self._constants:
            name = f"c{len(self._constants)}"
            self._constants[key] = numpy_helper.from_array(np.asarray(values), name)
        return str(self._constants[key].name)

    def number(self, value: float) -> str:
        return self.constant(np.array(value, dtype=np.float32))

    def whole(self, *values: int) -> str:
        return self.constant(np.array(values, dtype=np.int64))

    def op(self, kind: str, *inputs: str, **attributes: Attribute) -> str:
        """One operation of the standard set; the same one asked for twice is one."""
        marks = sorted(attributes.items())
        key = (kind, inputs, repr(marks))
        if key not in self._nodes:
            node = helper.make_node(kind, list(inputs), [f"v{len(self._nodes)}"])
            node.attribute.extend(helper.make_attribute(name, value) for name, value in marks)
            self._nodes[key] = node
        return str(self._nodes[key].output[0])

    def slice(self, value: str, axis: int, first: int, beyond: int = TO_THE_END) -> str:
        """`value[first:beyond]` along an axis; a negative end counts from the last."""
        return self.op("Slice", value, self.whole(first), self.whole(beyond), self.whole(axis))

    def concat(self, *values: str, axis: int) -> str:
        return self.op("Concat", *values, axis=axis)

    def transpose(self, value: str, *order: int) -> str:
        return self.op("Transpose", value, perm=list(order))

    def reshape(self, value: str, *dimensions: int | str) -> str:
        """To these lengths: whole numbers as ONNX takes them, or the names of `length`s."""
        parts = [part if isinstance(part, str) else self.whole(part) for part in dimensions]
        return self.op("Reshape", value, self.concat(*parts, axis=0))

    def length(self, value: str, axis: int) -> str:
        """How long an axis is, as a tensor of one whole number."""
        return self.op("Shape", value, start=axis, end=axis + 1)

    def summed(self, value: str, axis: int, *, keep: bool) -> str:
        return self.op("ReduceSum", value, self.whole(axis), keepdims=int(keep))

    def finish(self, outputs: dict[str, tuple[str, Dimensions]], told: str) -> onnx.ModelProto:
        """The model: `outputs` name what was drawn, `told` says in a sentence what it does."""
        ends = [
            helper.make_node("Identity", [value], [name]) for name, (value, _) in outputs.items()
        ]
        nodes = [*self._needed({value for value, _ in outputs.values()}), *ends]
        read = {name for node in nodes for name in node.input}
        graph = helper.make_graph(
            nodes,
            self._name,
            self._inputs,
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, list(dimensions))
                for name, (_, dimensions) in outputs.items()
            ],
            initializer=[each for each in self._constants.values() if each.name in read],
            doc_string=told,
        )
        model = helper.make_model(
            graph,
            producer_name="tifo",
            ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid("", OPSET)],
        )
        onnx.checker.check_model(model, full_check=True)
        return model

    def _needed(self, wanted: set[str]) -> list[onnx.NodeProto]:
        needed = []
        for node in reversed(self._nodes.values()):
            if node.output[0] in wanted:
                needed.append(node)
                wanted.update(node.input)
        return needed[::-1]

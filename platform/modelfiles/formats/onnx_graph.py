"""Walks an ONNX graph and everything in it that can hold weights: nodes, bodies, functions."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from modelfiles.errors import Code, MalformedModel
from modelfiles.formats.onnx_tensors import StoredTensor, read_tensor
from modelfiles.formats.onnx_values import MAX_VALUES, Value, read_value
from modelfiles.formats.protobuf import Field, Walker
from modelfiles.tensors import MAX_TENSORS

_KEPT_INTEGERS = frozenset({"K", "N", "bits", "block_size"})
_MAX_INPUTS = 4096


@dataclass(slots=True)
class Node:
    """What of a node decides anything: the operator, its inputs' names, a few integers."""

    operator: str = ""
    inputs: list[str] = field(default_factory=list)
    integers: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Graph:
    """All tensors and nodes of a model, subgraphs included, and how often each operator stands.

    `inputs` and `outputs` are the model's own: what an initializer fills is no input.
    """

    tensors: list[StoredTensor] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    operators: Counter[str] = field(default_factory=Counter)
    inputs: list[Value] = field(default_factory=list)
    outputs: list[Value] = field(default_factory=list)


class _Attribute(NamedTuple):
    name: str
    integer: int


class GraphReader:
    """Fills one Graph from the messages of a model. All methods raise MalformedModel."""

    def __init__(self, walker: Walker) -> None:
        self.graph = Graph()
        self._walker = walker

    def read_model(self, length: int) -> None:
        """Consume a ModelProto: graph 7, training_info 20, functions 25."""
        for each in self._walker.fields(length):
            if each.number == 7:
                self.read_graph(each, is_models=True)
            elif each.number == 20:
                self._read_training(each)
            elif each.number == 25:
                self._read_function(each)

    def read_graph(self, message: Field, *, is_models: bool = False) -> None:
        """Consume a GraphProto: node 1, initializer 5, input 11, output 12, sparse_initializer 15.

        Inputs and outputs are kept of the model's own graph alone.
        """
        names: set[str] = set()
        for each in self._walker.message(message):
            if each.number == 1:
                self._read_node(each)
            elif each.number == 5:
                name = self._read_tensor(each)
                if name in names:
                    raise MalformedModel(Code.DUPLICATE_TENSOR, tensor=name)
                names.add(name)
            elif each.number == 15:
                raise MalformedModel(Code.UNKNOWN_TENSOR_TYPE, found="sparse")
            elif is_models and each.number in (11, 12):
                self._read_value(each)
        if is_models:
            self.graph.inputs = [each for each in self.graph.inputs if each.name not in names]

    def _read_value(self, message: Field) -> None:
        kept = self.graph.inputs if message.number == 11 else self.graph.outputs
        if len(kept) >= MAX_VALUES:
            raise MalformedModel(Code.TOO_MANY_ENTRIES, limit=MAX_VALUES)
        kept.append(read_value(self._walker, message))

    def _read_training(self, message: Field) -> None:
        for each in self._walker.message(message):
            if each.number in (1, 2):
                self.read_graph(each)

    def _read_function(self, message: Field) -> None:
        for each in self._walker.message(message):
            if each.number == 7:
                self._read_node(each)
            elif each.number == 11:
                self._read_attribute(each)

    def _read_node(self, message: Field) -> None:
        """Consume a NodeProto: input 1, op_type 4, attribute 5."""
        node = Node()
        for each in self._walker.message(message):
            if each.number == 1:
                if len(node.inputs) >= _MAX_INPUTS:
                    raise MalformedModel(Code.TOO_MANY_ENTRIES, limit=_MAX_INPUTS)
                node.inputs.append(self._walker.text(each))
            elif each.number == 4:
                node.operator = self._walker.text(each)
            elif each.number == 5:
                attribute = self._read_attribute(each)
                if attribute.name in _KEPT_INTEGERS:
                    node.integers[attribute.name] = attribute.integer
        # A compiled engine in a node of its own: no header says what is in it.
        if node.operator == "EPContext":
            raise MalformedModel(Code.OPAQUE_WEIGHTS, operator=node.operator)
        self.graph.nodes.append(node)
        self.graph.operators[node.operator] += 1

    def _read_attribute(self, message: Field) -> _Attribute:
        """Consume an AttributeProto: name 1, i 3, t 5, g 6, tensors 10, graphs 11, sparse 22-23."""
        name, integer = "", 0
        for each in self._walker.message(message):
            if each.number == 1:
                name = self._walker.text(each)
            elif each.number == 3:
                integer = self._walker.integer(each)
            elif each.number in (5, 10):
                self._read_tensor(each)
            elif each.number in (6, 11):
                self.read_graph(each)
            elif each.number in (22, 23):
                raise MalformedModel(Code.UNKNOWN_TENSOR_TYPE, found="sparse")
        return _Attribute(name, integer)

    def _read_tensor(self, message: Field) -> str:
        if len(self.graph.tensors) >= MAX_TENSORS:
            raise MalformedModel(Code.TOO_MANY_ENTRIES, limit=MAX_TENSORS)
        tensor = read_tensor(self._walker, message)
        self.graph.tensors.append(tensor)
        return tensor.name

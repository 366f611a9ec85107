"""Walks a TFLite model: which buffers its tensors keep their constants in, and who reads them."""

from collections import Counter
from dataclasses import dataclass, field

from modelfiles.errors import Code, MalformedModel
from modelfiles.formats.tflite.flatbuffers import Table
from modelfiles.formats.tflite.operators import CUSTOM, KERNELS, LONG_CODE, OPAQUE, OPERATORS
from modelfiles.tensors import MAX_TENSORS

_MAX_OPERATORS = 200_000
_MAX_CODES = 4096
_MAX_SUBGRAPHS = 1024
_MAX_DIMENSIONS = 9  # one more than is allowed, so that too many are seen
_MAX_NAME = 1024
_MAX_CODE_NAME = 256
_BLOCKWISE = 2  # of the union QuantizationDetails


@dataclass(slots=True)
class Constant:
    """A tensor whose values are in the file, from byte `start` up to `stop`.

    `is_quantised` tells whether scales say what its integers stand for; `scales` is the index of
    a tensor that holds them, `axes` the order that an operator reads a kernel in, `bias_of` the
    shape of the weights that it is the bias of.
    """

    name: str
    type: int
    shape: tuple[int, ...]
    start: int
    stop: int
    is_quantised: bool
    scales: "Constant | None" = None
    axes: tuple[int, ...] = ()
    bias_of: tuple[int, ...] = ()


@dataclass(slots=True)
class Graph:
    """All constants of all subgraphs, and how often each operator stands in them."""

    constants: list[Constant] = field(default_factory=list)
    operators: Counter[str] = field(default_factory=Counter)


def read_graph(model: Table, size: int) -> Graph:
    """Read a Model table: operator_codes 1, subgraphs 2, buffers 4, external_buffers 9.

    Raises MalformedModel.
    """
    if model.vector(9, 4).length:
        raise MalformedModel(Code.OPAQUE_WEIGHTS, found="external buffers")
    reader = _Reader(model, size)
    for subgraph in model.tables(2, _MAX_SUBGRAPHS):
        reader.read_subgraph(subgraph)
    return reader.graph


class _Reader:
    def __init__(self, model: Table, size: int) -> None:
        self.graph = Graph()
        self._size = size
        self._codes = [_operator_name(code) for code in model.tables(1, _MAX_CODES)]
        self._buffers = [self._extent(buffer) for buffer in model.tables(4, 2 * MAX_TENSORS)]
        self._tensors_left = 2 * MAX_TENSORS
        self._operators_left = _MAX_OPERATORS

    def read_subgraph(self, subgraph: Table) -> None:
        """Consume a SubGraph: tensors 0, operators 3."""
        constants: dict[int, Constant] = {}
        scales: dict[int, int] = {}
        for index, tensor in enumerate(subgraph.tables(0, self._tensors_left)):
            self._tensors_left -= 1
            constant = self._constant(tensor)
            if constant is None:
                continue
            constants[index] = constant
            if len(self.graph.constants) + len(constants) > MAX_TENSORS:
                raise MalformedModel(Code.TOO_MANY_ENTRIES, limit=MAX_TENSORS)
            beside = _blockwise_scales(tensor)
            if beside is not None:
                scales[index] = beside
        for index, beside in scales.items():
            constants[index].scales = constants.get(beside)
            constants[index].is_quantised = beside in constants
        for operator in subgraph.tables(3, self._operators_left):
            self._operators_left -= 1
            self._read_operator(operator, constants)
        self.graph.constants += {id(each): each for each in constants.values()}.values()

    def _extent(self, buffer: Table) -> tuple[int, int]:
        """Where a Buffer's bytes are: data 0, or offset 1 and size 2 for those behind it all."""
        start, count = buffer.vector(0, 1)
        offset, size = buffer.u64(1), buffer.u64(2)
        if offset <= 1 or not size:
            return start, start + count
        if count:
            raise MalformedModel(Code.BAD_VALUE, found="a buffer in two places")
        if offset + size > self._size:
            raise MalformedModel(Code.TENSOR_OUTSIDE_FILE, needed=offset + size, size=self._size)
        return offset, offset + size

    def _constant(self, tensor: Table) -> Constant | None:
        """Read a Tensor: shape 0, type 1, buffer 2, name 3, quantization 4, sparsity 6."""
        number = tensor.u32(2)
        if number >= len(self._buffers) and number:
            raise MalformedModel(Code.BAD_VALUE, buffer=number, limit=len(self._buffers))
        start, stop = self._buffers[number] if number else (0, 0)
        if start == stop:
            return None
        name = tensor.text(3, _MAX_NAME)
        if tensor.table(6) is not None:
            raise MalformedModel(Code.UNKNOWN_TENSOR_TYPE, tensor=name, found="sparse")
        shape = tensor.integers(0, _MAX_DIMENSIONS)
        quantization = tensor.table(4)
        is_quantised = quantization is not None and bool(quantization.vector(2, 4).length)
        return Constant(name, tensor.byte(1), shape, start, stop, is_quantised)

    def _read_operator(self, operator: Table, constants: dict[int, Constant]) -> None:
        """Consume an Operator: opcode_index 0, inputs 1, outputs 2."""
        code = operator.u32(0)
        if code >= len(self._codes):
            raise MalformedModel(Code.BAD_VALUE, operator=code, limit=len(self._codes))
        name = self._codes[code]
        self.graph.operators[name] += 1
        if name == "DEQUANTIZE":
            # What reads the floats reads the constant: 16-bit models keep their kernels so.
            inputs, outputs = operator.integers(1, 1), operator.integers(2, 1)
            if outputs and inputs and inputs[0] in constants:
                constants.setdefault(outputs[0], constants[inputs[0]])
        elif name in KERNELS:
            _explain(name, operator.integers(1, 4), constants)


def _explain(name: str, inputs: tuple[int, ...], constants: dict[int, Constant]) -> None:
    kernel = KERNELS[name]
    weights = constants.get(inputs[kernel.weights]) if len(inputs) > kernel.weights else None
    if weights is None:
        return
    weights.axes = weights.axes or kernel.axes
    bias = constants.get(inputs[kernel.bias]) if len(inputs) > kernel.bias else None
    if bias is not None:
        bias.bias_of = weights.shape


def _operator_name(code: Table) -> str:
    """Read an OperatorCode: deprecated_builtin_code 0, custom_code 1, builtin_code 3.

    A compiled program is refused (opaque_weights).
    """
    old = code.byte(0)
    number = code.i32(3) if old >= LONG_CODE else max(old, code.i32(3))
    if number != CUSTOM:
        return OPERATORS.get(number, f"operator {number}")
    name = code.text(1, _MAX_CODE_NAME)
    if name in OPAQUE:
        raise MalformedModel(Code.OPAQUE_WEIGHTS, operator=name)
    return name


def _blockwise_scales(tensor: Table) -> int | None:
    """The tensor that holds the scales of blocks: details 4 and 5 of QuantizationParameters."""
    quantization = tensor.table(4)
    if quantization is None or quantization.byte(4) != _BLOCKWISE:
        return None
    details = quantization.table(5)
    return details.i32(0) if details else None

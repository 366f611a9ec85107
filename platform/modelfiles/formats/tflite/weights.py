"""Counts TFLite weights: what a buffer holds is told by its tensor's type and who reads it."""

import dataclasses
from collections import Counter
from typing import NamedTuple

from modelfiles.errors import Code, MalformedModel
from modelfiles.formats.tflite.graph import Constant, Graph
from modelfiles.tensors import Weight, check_layout, element_count, packed_by_capacity


class ElementType(NamedTuple):
    """One of tflite.TensorType that a constant may have."""

    label: str
    bits: int
    is_integer: bool = False


ELEMENT_TYPES: dict[int, ElementType] = {
    0: ElementType("F32", 32),
    1: ElementType("F16", 16),
    2: ElementType("I32", 32, is_integer=True),
    3: ElementType("U8", 8, is_integer=True),
    4: ElementType("I64", 64, is_integer=True),
    6: ElementType("BOOL", 8, is_integer=True),
    7: ElementType("I16", 16, is_integer=True),
    8: ElementType("C64", 64),
    9: ElementType("I8", 8, is_integer=True),
    10: ElementType("F64", 64),
    11: ElementType("C128", 128),
    12: ElementType("U64", 64, is_integer=True),
    15: ElementType("U32", 32, is_integer=True),
    16: ElementType("U16", 16, is_integer=True),
    17: ElementType("I4", 4, is_integer=True),
    18: ElementType("BF16", 16),
    19: ElementType("I2", 2, is_integer=True),
    20: ElementType("U4", 4, is_integer=True),
}
_STRING = 5
# Integers that a kernel multiplies by, once scales say what they stand for. Wider ones are biases.
_WIDEST_QUANTISED = 16
_SCALES_AT_MOST_ONE_IN = 12  # as in modelfiles.packing


def weigh(graph: Graph) -> tuple[list[Weight], tuple[str, ...]]:
    """Return one Weight per buffer, the largest count where tensors share one, and notes.

    Raises MalformedModel (size_mismatch, tensors_overlap, unknown_tensor_type, ...).
    """
    # Texts are no numbers; what they take up is bounded with the rest of the structure.
    constants = [constant for constant in graph.constants if constant.type != _STRING]
    by_extent: dict[tuple[int, int], Weight] = {}
    for constant in constants:
        extent, weight = (constant.start, constant.stop), _weight(constant)
        known = by_extent.get(extent)
        if known is None or weight.parameters > known.parameters:
            by_extent[extent] = weight
    _check_overlaps(by_extent)
    _set_scales_aside(constants, by_extent)
    weights = list(by_extent.values())
    packed = Counter(weight.kind for weight in weights if weight.kind.endswith("-bit"))
    return weights, tuple(
        f"{count} tensors are {kind}: counted by capacity, not by shape"
        for kind, count in sorted(packed.items())
    )


def _weight(constant: Constant) -> Weight:
    kind = ELEMENT_TYPES.get(constant.type)
    if kind is None:
        raise MalformedModel(Code.UNKNOWN_TENSOR_TYPE, tensor=constant.name, found=constant.type)
    elements = element_count(constant.name, constant.shape)
    stored = constant.stop - constant.start
    expected = -(-elements * kind.bits // 8)
    if expected != stored:
        raise MalformedModel(
            Code.SIZE_MISMATCH, tensor=constant.name, expected=expected, found=stored
        )
    if kind.is_integer and not _is_explained(constant, kind, elements):
        return packed_by_capacity(constant.name, _arranged(constant), kind.label, stored)
    return Weight(constant.name, _arranged(constant), kind.label, kind.bits, elements, stored)


def _is_explained(constant: Constant, kind: ElementType, elements: int) -> bool:
    if kind.bits <= _WIDEST_QUANTISED:
        return constant.is_quantised
    return elements in constant.bias_of  # one for each output


def _arranged(constant: Constant) -> tuple[int, ...]:
    """The shape as other formats order it: outputs, inputs, space. What spans no space for an
    operator is a matrix, whatever its shape says."""
    shape, axes = constant.shape, constant.axes
    if len(shape) == len(axes):
        return tuple(shape[axis] for axis in axes)
    if len(shape) <= 2:
        return shape
    return (shape[0], element_count(constant.name, shape[1:]))


def _set_scales_aside(constants: list[Constant], by_extent: dict[tuple[int, int], Weight]) -> None:
    """The scales of blocks are no parameters, if they are as few as such things are."""
    for constant in constants:
        if constant.scales is None:
            continue
        owner = by_extent[constant.start, constant.stop]
        extent = (constant.scales.start, constant.scales.stop)
        beside = by_extent.get(extent)
        if beside and beside.parameters * _SCALES_AT_MOST_ONE_IN <= owner.parameters:
            by_extent[extent] = dataclasses.replace(beside, kind="scale", parameters=0)


def _check_overlaps(extents: dict[tuple[int, int], Weight]) -> None:
    if not extents:
        return
    ranges = [(start, stop, weight.name) for (start, stop), weight in extents.items()]
    end = max(stop for _, stop, _ in ranges)
    check_layout(ranges, 0, end, padding=end)

"""Counts ONNX weights: which operator reads a tensor says what its integers stand for."""

import dataclasses
from collections import Counter
from collections.abc import Iterable
from itertools import chain

from modelfiles.errors import Code, MalformedModel
from modelfiles.formats.onnx_graph import Graph, Node
from modelfiles.formats.onnx_tensors import StoredTensor
from modelfiles.tensors import Weight, check_layout, packed_by_capacity

# Inputs, by operator, that hold one weight per element.
_ELEMENTWISE = {
    "DequantizeLinear": (0,),
    "QLinearConv": (3,),
    "QLinearMatMul": (0, 3),
    "ConvInteger": (1,),
    "MatMulInteger": (1,),
    "DynamicQuantizeMatMul": (1,),
    "MatMulIntegerToFloat": (1,),
    "QGemm": (3,),
    "QAttention": (1,),
}
# (the weight's input, inputs that hold its scales and zero points)
_SCALES = {
    "DequantizeLinear": (0, (1, 2)),
    "QLinearConv": (3, (4, 5)),
    "QLinearMatMul": (3, (4, 5)),
    "ConvInteger": (1, (3,)),
    "MatMulInteger": (1, (3,)),
    "DynamicQuantizeMatMul": (1, (2, 3)),
    "MatMulIntegerToFloat": (1, (3, 5)),
    "MatMulNBits": (1, (2, 3, 4)),
    "MatMulBnb4": (1, (2,)),
    "GatherBlockQuantized": (0, (2, 3)),
}
_SCALES_AT_MOST_ONE_IN = 12  # as in modelfiles.packing


def weigh(graph: Graph) -> tuple[list[Weight], tuple[str, ...]]:
    """Return one Weight per stored tensor, a shared external buffer counted once, and notes.

    Raises MalformedModel (size_mismatch, tensors_overlap).
    """
    weights = _explained(graph)
    weights = _shared_once(graph.tensors, weights)
    packed = Counter(weight.kind for weight in weights if weight.kind.endswith("-bit"))
    notes = [
        f"{count} tensors are {kind}: counted by capacity, not by shape"
        for kind, count in sorted(packed.items())
    ]
    outside = {tensor.extent.location for tensor in graph.tensors if tensor.extent}
    if outside:
        notes.append(f"tensor data in {len(outside)} external files, of which only names were seen")
    return weights, tuple(notes)


def _explained(graph: Graph) -> list[Weight]:
    by_name: dict[str, list[int]] = {}
    for index, tensor in enumerate(graph.tensors):
        by_name.setdefault(tensor.name, []).append(index)
    weights = [_plain(tensor) for tensor in graph.tensors]
    explained: set[int] = set()
    for node in graph.nodes:
        for place, name in enumerate(node.inputs):
            for index in by_name.get(name, ()):
                weight = _read_by(node, place, graph.tensors[index])
                # Two readers that disagree: the larger count stands.
                if weight and (
                    index not in explained or weight.parameters > weights[index].parameters
                ):
                    weights[index] = weight
                    explained.add(index)
    for index in _scales(graph.nodes, by_name, weights) - explained:
        weights[index] = dataclasses.replace(weights[index], kind="scale", parameters=0)
    return weights


def _plain(tensor: StoredTensor) -> Weight:
    kind = tensor.type
    if kind.is_integer:
        return packed_by_capacity(tensor.name, tensor.shape, kind.label, tensor.stored_bytes)
    elements = tensor.elements if kind.bits else 0
    return Weight(tensor.name, tensor.shape, kind.label, kind.bits, elements, tensor.stored_bytes)


def _read_by(node: Node, place: int, tensor: StoredTensor) -> Weight | None:
    operator = node.operator
    if place in _ELEMENTWISE.get(operator, ()):
        kind = tensor.type
        return Weight(
            tensor.name,
            tensor.shape,
            kind.label,
            kind.bits,
            tensor.elements,
            tensor.stored_bytes,
        )
    if operator == "MatMulNBits" and place == 1:
        return _block_packed(node, tensor)
    if operator == "GatherBlockQuantized" and place == 0 and tensor.type.label == "U8":
        bits = 8 if node.integers.get("bits", 4) == 8 else 4
        return _at(
            tensor, f"GatherBlockQuantized {bits}-bit", bits, tensor.stored_bytes * 8 // bits
        )
    return None


def _block_packed(node: Node, tensor: StoredTensor) -> Weight | None:
    """MatMulNBits stores [N, ceil(K / block), block * bits / 8] bytes for K x N weights."""
    inputs, outputs = node.integers.get("K", 0), node.integers.get("N", 0)
    bits, block = node.integers.get("bits", 4), node.integers.get("block_size", 0)
    if not (inputs > 0 and outputs > 0 and block > 0 and 2 <= bits <= 8):
        return None
    padded = -(-inputs // block) * block
    expected = outputs * padded * bits // 8
    if expected != tensor.stored_bytes:
        raise MalformedModel(
            Code.SIZE_MISMATCH, tensor=tensor.name, expected=expected, found=tensor.stored_bytes
        )
    # Padding beyond a tenth is room for weights that K does not admit to: count the room.
    real = inputs if padded * 9 <= inputs * 10 else padded
    return _at(tensor, f"MatMulNBits {bits}-bit", bits, real * outputs)


def _at(tensor: StoredTensor, kind: str, bits: int, parameters: int) -> Weight:
    return Weight(tensor.name, tensor.shape, kind, bits, parameters, tensor.stored_bytes)


def _scales(
    nodes: Iterable[Node], by_name: dict[str, list[int]], weights: list[Weight]
) -> set[int]:
    """Indices of tensors that are scales of some weight, and together small enough to be."""
    spent: Counter[int] = Counter()  # by the weight's index: all its scales share one allowance
    found: set[int] = set()
    for node in nodes:
        main, beside = _SCALES.get(node.operator, (0, ()))
        mains = by_name.get(_input(node, main), ())
        owner = max(mains, key=lambda index: weights[index].parameters, default=-1)
        if owner < 0:
            continue
        for index in chain.from_iterable(by_name.get(_input(node, n), ()) for n in beside):
            total = spent[owner] + weights[index].parameters
            if index not in found and total * _SCALES_AT_MOST_ONE_IN <= weights[owner].parameters:
                spent[owner] = total
                found.add(index)
    return found


def _input(node: Node, place: int) -> str:
    return node.inputs[place] if place < len(node.inputs) else ""


def _shared_once(tensors: list[StoredTensor], weights: list[Weight]) -> list[Weight]:
    """Give each external byte range to the largest of the tensors that share exactly it."""
    owners: dict[tuple[str, int, int], int] = {}
    counted = list(weights)
    for index, tensor in enumerate(tensors):
        if not tensor.extent or not tensor.stored_bytes:
            continue
        other = owners.setdefault(tensor.extent, index)
        if other == index:
            continue
        smaller, larger = sorted((other, index), key=lambda each: counted[each].parameters)
        owners[tensor.extent] = larger
        counted[smaller] = dataclasses.replace(
            counted[smaller], kind="shared", parameters=0, stored_bytes=0
        )
    _check_overlaps(owners)
    return counted


def _check_overlaps(extents: Iterable[tuple[str, int, int]]) -> None:
    files: dict[str, list[tuple[int, int, str]]] = {}
    for location, start, stop in extents:
        files.setdefault(location, []).append((start, stop, location))
    for ranges in files.values():
        end = max(stop for _, stop, _ in ranges)
        check_layout(ranges, 0, end, padding=end)

"""Writes sample ONNX models, message by message, in the wire format of Protocol Buffers."""

from collections.abc import Iterable, Sequence

from tests.modelfiles.samples import Llama, Sample, Shape, elements

FLOAT, UINT8, INT8, INT64, FLOAT16, UINT4 = 1, 2, 3, 7, 10, 21


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def blob(field: int, payload: bytes | str) -> bytes:
    raw = payload.encode() if isinstance(payload, str) else payload
    return varint(field << 3 | 2) + varint(len(raw)) + raw


def onnx_tensor(name: str, shape: Shape, data_type: int, payload: bytes = b"") -> bytes:
    dims = b"".join(number(1, size) for size in shape)
    return dims + number(2, data_type) + blob(8, name) + payload


def onnx_external(
    location: str, offset: int | str | None = None, length: int | str | None = None
) -> bytes:
    entries = {"location": location, "offset": offset, "length": length}
    return b"".join(
        blob(13, blob(1, key) + blob(2, str(value)))
        for key, value in entries.items()
        if value is not None
    ) + number(14, 1)


def onnx_node(operator: str, inputs: Sequence[str], attributes: bytes = b"", **ints: int) -> bytes:
    return (
        b"".join(blob(1, name) for name in inputs)
        + blob(4, operator)
        + b"".join(blob(5, blob(1, key) + number(3, value)) for key, value in ints.items())
        + attributes
    )


def onnx(nodes: Iterable[bytes], tensors: Iterable[bytes], more: bytes = b"") -> Sample:
    graph = b"".join(blob(1, node) for node in nodes) + b"".join(blob(5, t) for t in tensors)
    head = number(1, 9) + blob(2, "tests") + blob(7, graph + more)
    return Sample(head, len(head))


def onnx_nbits(model: Llama, block: int = 32) -> Sample:
    """ONNX Runtime GenAI's layout: MatMulNBits, all tensors in one external file."""
    nodes, tensors, offset = [], [], 0
    for name, shape in model.tensors().items():
        parts = {name: (shape, FLOAT16, 2 * elements(shape))}
        if "_proj" in name or "lm_head" in name:
            outputs, inputs = shape
            blocks = inputs // block
            parts = {
                f"{name}_q": ((outputs, blocks, block // 2), UINT8, outputs * inputs // 2),
                f"{name}_s": ((outputs * blocks,), FLOAT16, 2 * outputs * blocks),
            }
            nodes.append(
                onnx_node(
                    "MatMulNBits",
                    ["x", *parts],
                    K=inputs,
                    N=outputs,
                    bits=4,
                    block_size=block,
                )
            )
        for part, (part_shape, kind, size) in parts.items():
            outside = onnx_external("model.onnx.data", offset, size)
            tensors.append(onnx_tensor(part, part_shape, kind, outside))
            offset += size
    nodes += [onnx_node("GroupQueryAttention", ["q", "k", "v"])] * model.layers
    return onnx(nodes, tensors)

"""ONNX models: the graph is walked, tensor payloads are stepped over.

Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
"""

from collections import Counter

from modelfiles.cursor import Cursor
from modelfiles.formats.onnx_graph import GraphReader
from modelfiles.formats.onnx_tensors import StoredTensor
from modelfiles.formats.onnx_values import Value
from modelfiles.formats.onnx_weights import weigh
from modelfiles.formats.protobuf import Walker
from modelfiles.tensors import ModelFile

# ONNX has no magic. Every writer begins with field 1, the version, as a small varint; then comes
# another field of ModelProto (2-8 and 14, as tag bytes).
_VERSION_TAG = 0x08
_NEXT_TAGS = frozenset({0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72})

_PRODUCTS = frozenset({"Gemm", "FusedGemm", "QGemm", "Einsum"})


def is_likely(head: bytes) -> bool:
    """Tell whether a file that begins so is probably an ONNX model."""
    return len(head) > 2 and head[0] == _VERSION_TAG and 0 < head[1] < 128 and head[2] in _NEXT_TAGS


def read(cursor: Cursor) -> ModelFile:
    """Read one ONNX model. Raises MalformedModel, and NeedMoreBytes for what lies after inline
    tensors: a prefix suffices only when the weights are in external data."""
    reader = GraphReader(Walker(cursor))
    reader.read_model(cursor.remaining)
    weights, notes = weigh(reader.graph)
    external = sum(
        weight.stored_bytes
        for weight, tensor in zip(weights, reader.graph.tensors, strict=True)
        if tensor.extent
    )
    return ModelFile(
        format="onnx",
        architecture="unknown",
        weights=tuple(weights),
        file_bytes=cursor.size + external,
        bytes_read=cursor.bytes_read,
        header_sha256=cursor.sha256(),
        attention=_attention(reader.graph.operators),
        notes=notes,
    )


def values(cursor: Cursor) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    """The inputs and outputs of one ONNX model. Raises as `read` does."""
    reader = GraphReader(Walker(cursor))
    reader.read_model(cursor.remaining)
    return tuple(reader.graph.inputs), tuple(reader.graph.outputs)


def tensors(cursor: Cursor) -> tuple[StoredTensor, ...]:
    """Every tensor that one ONNX model stores, and where. Raises as `read` does."""
    reader = GraphReader(Walker(cursor))
    reader.read_model(cursor.remaining)
    return tuple(reader.graph.tensors)


def _attention(operators: Counter[str]) -> str:
    """Attention operators, or two matrix products for every softmax (scores, then values).

    One softmax alone is how classifiers end, so it proves nothing.
    """
    fused = next((name for name in sorted(operators) if "Attention" in name), "")
    if fused:
        return f"operator {fused}"
    products = sum(n for name, n in operators.items() if "MatMul" in name or name in _PRODUCTS)
    softmaxes = sum(n for name, n in operators.items() if "Softmax" in name)
    if softmaxes > 1 and products >= 2 * softmaxes:
        return f"{products} matrix products for {softmaxes} softmax operators"
    return ""

"""TensorFlow Lite models: one FlatBuffer, whose weights stand in it or behind it.

Source: https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
"""

from collections import Counter

from modelfiles.cursor import READ_BUDGET
from modelfiles.errors import Code, MalformedModel
from modelfiles.formats.tflite.flatbuffers import FlatBuffer
from modelfiles.formats.tflite.graph import read_graph
from modelfiles.formats.tflite.operators import OPERATORS
from modelfiles.formats.tflite.weights import weigh
from modelfiles.pages import Pages
from modelfiles.tensors import ModelFile

MAGIC = b"TFL3"
MAGIC_AT = 4

_PRODUCTS = frozenset({"FULLY_CONNECTED", "BATCH_MATMUL", "STABLEHLO_DOT_GENERAL"})
_SOFTMAXES = frozenset({"SOFTMAX", "LOG_SOFTMAX"})


def read(pages: Pages) -> ModelFile:
    """Read one TFLite model. Raises MalformedModel, and NeedMoreBytes for a prefix: the structure
    lies around the weights, unless those stand behind the FlatBuffer (models above 2 GB)."""
    graph = read_graph(FlatBuffer(pages).root(), pages.size)
    weights, notes = weigh(graph)
    _check_rest(pages.size - sum(weight.stored_bytes for weight in weights))
    return ModelFile(
        format="tflite",
        architecture="unknown",
        weights=tuple(weights),
        file_bytes=pages.size,
        bytes_read=pages.bytes_read,
        header_sha256=pages.sha256(),
        attention=_attention(graph.operators),
        notes=notes,
    )


def _check_rest(unclaimed: int) -> None:
    """Structure, labels and metadata have no frame around them, so they are bounded together."""
    if unclaimed > READ_BUDGET:
        raise MalformedModel(Code.UNCLAIMED_BYTES, found=unclaimed, limit=READ_BUDGET)


def _attention(operators: Counter[str]) -> str:
    """An operator of that name, or two matrix products for every softmax, as in ONNX graphs."""
    named = (name for name in sorted(operators) if name not in OPERATORS.values())
    fused = next((name for name in named if "attention" in name.lower()), "")
    if fused:
        return f"operator {fused}"
    products = sum(count for name, count in operators.items() if name in _PRODUCTS)
    softmaxes = sum(count for name, count in operators.items() if name in _SOFTMAXES)
    if softmaxes > 1 and products >= 2 * softmaxes:
        return f"{products} matrix products for {softmaxes} softmax operators"
    return ""

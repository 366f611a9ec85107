"""A convolutional network as phones and cameras run it, and a dense one; made here with `onnx`."""

from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

BLOCKS: Final = 13  # as many as MobileNet has
CHANNELS: Final = 16
CLASSES: Final = 10


def separable_network(size: int) -> onnx.ModelProto:
    """`x` float32 `[batch, 1, size, size]` to `scores` `[batch, 10]`.

    A convolution, depthwise separable blocks as in MobileNet, the mean, and a product.
    """
    random = np.random.default_rng(3)
    weights: dict[str, NDArray[np.float32]] = {}
    nodes: list[onnx.NodeProto] = []

    def convolve(last: str, depth: int, kernel: int, *, stride: int = 1, groups: int = 1) -> str:
        name = f"c{len(nodes)}"
        fan = depth // groups * kernel * kernel
        shape = (CHANNELS, depth // groups, kernel, kernel)
        weights[f"{name}.w"] = random.normal(0, (2 / fan) ** 0.5, shape).astype(np.float32)
        weights[f"{name}.b"] = np.zeros(CHANNELS, np.float32)
        pads, strides = [kernel // 2] * 4, [stride, stride]
        inputs = [last, f"{name}.w", f"{name}.b"]
        nodes.append(
            helper.make_node("Conv", inputs, [name], pads=pads, strides=strides, group=groups)
        )
        nodes.append(helper.make_node("Relu", [name], [f"{name}.r"]))
        return f"{name}.r"

    last = convolve("x", 1, 3, stride=2)
    for block in range(BLOCKS):
        last = convolve(last, CHANNELS, 3, stride=2 if block in (1, 3) else 1, groups=CHANNELS)
        last = convolve(last, CHANNELS, 1)
    weights["head"] = random.normal(0, 0.3, (CHANNELS, CLASSES)).astype(np.float32)
    nodes += [
        helper.make_node("GlobalAveragePool", [last], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "head"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "separable",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 1, size, size])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", CLASSES])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def dense_network(width: int, layers: int) -> onnx.ModelProto:
    """`layers` of `width` × `width` with a ReLU behind each: a row costs what its weights do."""
    weigh = np.random.default_rng(3).normal(0, width**-0.5, (layers, width, width))
    nodes, weights, last = [], [], "x"
    for number, matrix in enumerate(weigh.astype(np.float32)):
        weights.append(numpy_helper.from_array(matrix, f"w{number}"))
        nodes.append(helper.make_node("MatMul", [last, f"w{number}"], [f"m{number}"]))
        nodes.append(helper.make_node("Relu", [f"m{number}"], [f"r{number}"]))
        last = f"r{number}"
    rows: list[str | int | None] = ["batch", width]
    graph = helper.make_graph(
        nodes,
        "dense",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, rows)],
        [helper.make_tensor_value_info(last, TensorProto.FLOAT, rows)],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)

"""Small ONNX models, made here: what a test needs of one is in plain sight."""

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from modelhub.runtimes.tensors import Array

IR = 9  # old enough for every runtime that is supported
OPSET = 17


def model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    weights: dict[str, Array] | None = None,
    domains: Sequence[str] = (),
) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "g",
        inputs,
        outputs,
        [numpy_helper.from_array(value, name) for name, value in (weights or {}).items()],
    )
    opsets = [helper.make_opsetid("", OPSET), *(helper.make_opsetid(name, 1) for name in domains)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR)


def floats(name: str, shape: Sequence[int | str | None]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def product(weights: Array | None = None, *, rows: int | str = "batch") -> onnx.ModelProto:
    """`y = x · w`: four columns in, three out."""
    plain: Array = np.arange(12, dtype=np.float32).reshape(4, 3)
    w = plain if weights is None else weights
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    return model(nodes, [floats("x", [rows, 4])], [floats("y", [rows, w.shape[1]])], {"w": w})


def added() -> onnx.ModelProto:
    """`c = a + b` of equal lengths, without a weight."""
    nodes = [helper.make_node("Add", ["a", "b"], ["c"])]
    return model(nodes, [floats("a", ["n"]), floats("b", ["n"])], [floats("c", ["n"])])


def magnitudes() -> onnx.ModelProto:
    """`y = |x| + w` with nothing that is ever computed in eight bits."""
    nodes = [
        helper.make_node("Abs", ["x"], ["a"]),
        helper.make_node("Sum", ["a", "w"], ["y"]),
    ]
    weights: dict[str, Array] = {"w": np.ones(32, np.float32)}
    return model(nodes, [floats("x", [2, 1, 32, 32])], [floats("y", [2, 1, 32, 32])], weights)


def foreign(domain: str = "org.example") -> onnx.ModelProto:
    """An operator that only its maker's library knows."""
    nodes = [helper.make_node("Enchant", ["x", "w"], ["y"], domain=domain)]
    weights = {"w": np.ones((4, 3), np.float32)}
    return model(nodes, [floats("x", [1, 4])], [floats("y", [1, 3])], weights, [domain])


def reshaping() -> onnx.ModelProto:
    """Breaks off for every length but 6, which the declared shape does not tell."""
    nodes = [helper.make_node("Reshape", ["x", "shape"], ["y"])]
    weights: dict[str, Array] = {"shape": np.array([2, 3], np.int64), "w": np.ones(16, np.float32)}
    return model(nodes, [floats("x", ["n"])], [floats("y", [2, 3])], weights)


def texts() -> onnx.ModelProto:
    info = helper.make_tensor_value_info
    nodes = [helper.make_node("Identity", ["x"], ["y"])]
    return model(nodes, [info("x", TensorProto.STRING, [1])], [info("y", TensorProto.STRING, [1])])


def convolutions(
    channels: int = 16, *, seed: int = 7, size: int = 64, batch: int | str = "batch"
) -> onnx.ModelProto:
    """Four convolutions over `[batch, 1, size, size]`, pooled to ten scores."""
    random = np.random.default_rng(seed)
    weights: dict[str, Array] = {}
    nodes: list[onnx.NodeProto] = []
    last, depth = "x", 1
    for layer in range(4):
        kernel = random.normal(0, 1 / np.sqrt(depth * 9), (channels, depth, 3, 3))
        weights[f"w{layer}"] = kernel.astype(np.float32)
        weights[f"b{layer}"] = random.normal(0, 0.1, channels).astype(np.float32)
        inputs = [last, f"w{layer}", f"b{layer}"]
        pads, strides = [1, 1, 1, 1], [2, 2]
        nodes.append(helper.make_node("Conv", inputs, [f"c{layer}"], pads=pads, strides=strides))
        nodes.append(helper.make_node("Relu", [f"c{layer}"], [f"r{layer}"]))
        last, depth = f"r{layer}", channels
    weights["head"] = random.normal(0, 0.3, (channels, 10)).astype(np.float32)
    nodes += [
        helper.make_node("GlobalAveragePool", [last], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "head"], ["scores"]),
    ]
    given = [floats("x", [batch, 1, size, size])]
    return model(nodes, given, [floats("scores", [batch, 10])], weights)

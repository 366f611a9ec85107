"""Graphs on one core of this machine, by ONNX Runtime itself."""

from functools import cache

import onnx
import onnxruntime

from modelhub import graphs
from modelhub.builtin import Tensors


def session(graph: str | bytes) -> onnxruntime.InferenceSession:
    """A session on one thread over a file or its bytes."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def run(name: str, inputs: Tensors) -> Tensors:
    """Runs one of the platform's graphs: a `modelhub.builtin.Run`."""
    return _answer(_opened(name), inputs)


def run_model(model: onnx.ModelProto, inputs: Tensors) -> Tensors:
    """Runs a graph that stands in no file."""
    return _answer(session(model.SerializeToString()), inputs)


@cache
def _opened(name: str) -> onnxruntime.InferenceSession:
    return session(str(graphs.path(name)))


def _answer(opened: onnxruntime.InferenceSession, inputs: Tensors) -> Tensors:
    names = [output.name for output in opened.get_outputs()]
    return dict(zip(names, opened.run(names, inputs), strict=True))

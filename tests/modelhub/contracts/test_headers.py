"""The graph as its file tells it, beside what ONNX Runtime says once it has loaded the same."""

import onnx
import pytest
from onnx import TensorProto, helper

from modelfiles import FileSource, PrefixSource
from modelhub.contracts import Graph
from modelhub.contracts.headers import graph_of
from modelhub.runtimes.devices import PROCESSOR
from modelhub.runtimes.files import ModelUnloadable
from modelhub.runtimes.sessions import open_session
from modelhub.runtimes.tensors import Port
from tests.modelhub import real
from tests.modelhub.runtimes import graphs


def read(model: onnx.ModelProto) -> Graph:
    data = model.SerializeToString()
    return graph_of(PrefixSource(data, len(data)))


def loaded(model: onnx.ModelProto) -> Graph:
    session = open_session(model.SerializeToString(), PROCESSOR, machine="here")
    return Graph(session.inputs, session.outputs)


@pytest.mark.parametrize(
    "model",
    [graphs.product(), graphs.added(), graphs.convolutions(), graphs.product(rows=3)],
    ids=["named batch", "without weights", "convolutions", "fixed batch"],
)
def test_the_header_tells_what_the_runtime_tells(model: onnx.ModelProto) -> None:
    assert read(model) == loaded(model)


def test_a_weight_that_stands_among_the_inputs_is_none() -> None:
    model = graphs.product()
    model.graph.input.append(graphs.floats("w", [4, 3]))
    assert [port.name for port in read(model).inputs] == ["x"]
    assert read(model) == loaded(model)


@pytest.mark.parametrize("name", [real.SPEECH, real.NOTES])
def test_real_models_are_read_as_they_are_loaded(name: str) -> None:
    path = real.path(name)
    with FileSource(path) as source:
        found = graph_of(source)
    session = open_session(path, PROCESSOR, machine="here")
    assert [(port.name, port.dtype) for port in found.inputs + found.outputs] == [
        (port.name, port.dtype) for port in session.inputs + session.outputs
    ]
    assert [port.shape for port in found.inputs] == [port.shape for port in session.inputs]


def test_an_open_size_has_its_name_or_none() -> None:
    shape: list[int | str | None] = ["batch", 4, None]
    model = graphs.model(
        [helper.make_node("Identity", ["x"], ["y"])],
        [graphs.floats("x", shape)],
        [graphs.floats("y", shape)],
    )
    assert read(model).inputs == (Port("x", "float32", ("batch", 4, None)),)


@pytest.mark.parametrize("what", ["input", "output"])
def test_two_of_one_name_are_refused(what: str) -> None:
    twice = graphs.product()
    ports = getattr(twice.graph, what)
    ports.append(ports[0])
    with pytest.raises(ModelUnloadable, match=f"Two {what}s are called {ports[0].name}"):
        read(twice)


def test_texts_and_values_without_a_shape_are_refused() -> None:
    with pytest.raises(ModelUnloadable) as texts:
        read(graphs.texts())
    assert texts.value.facts["reason"] == "unserved_types"
    shapeless = graphs.product()
    shapeless.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", TensorProto.FLOAT, None))
    with pytest.raises(ModelUnloadable, match="shape"):
        read(shapeless)

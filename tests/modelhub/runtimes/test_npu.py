"""An 8-bit model wholly on an NPU: Qualcomm's, as its Hexagon simulator for x86 plays it.

The simulator is hundreds of times slower than the processor: what it proves is which operators run
there and what they answer, never how fast.
"""

import importlib
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from modelhub.runtimes.devices import CPU, PROCESSOR, QNN, Device, devices
from modelhub.runtimes.files import ModelUnloadable
from modelhub.runtimes.quantising import quantise
from modelhub.runtimes.sessions import open_session
from modelhub.runtimes.tensors import Array
from tests.modelhub.runtimes import graphs

pytestmark = pytest.mark.soak

STEPS = 5  # by so many steps of the 8-bit output's scale both may differ: 2 % of its range


@pytest.fixture(scope="module")
def npu() -> Device:
    if importlib.util.find_spec("onnxruntime_qnn") is None:
        wanted = "needs the Hexagon simulator of onnxruntime-qnn, which `make soak` installs"
        if os.environ.get("CI"):
            pytest.fail(wanted)
        pytest.skip(wanted)
    plugin = importlib.import_module("onnxruntime_qnn")
    libraries = {QNN: Path(plugin.get_library_path())}
    assert all(each.accelerator != "npu" for each in devices(libraries)), "a simulator is no NPU"
    [simulated] = [
        each for each in devices(libraries, simulators=True) if each.accelerator == "npu"
    ]
    return simulated


def pictures(many: int, seed: int) -> list[dict[str, Array]]:
    random = np.random.default_rng(seed)
    return [{"x": random.normal(size=(2, 1, 32, 32)).astype(np.float32)} for _ in range(many)]


@pytest.fixture(scope="module")
def quantised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("npu")
    source, target = folder / "float.onnx", folder / "quantised.onnx"
    onnx.save(graphs.convolutions(16, size=32, batch=2), source)
    report = quantise(source, target, calibration=pictures(16, 1), held_out=pictures(4, 2))
    assert report.outputs["scores"].cosine > 0.995
    return target


def output_step(model: Path) -> float:
    """The scale of the last quantisation: one step of the 8-bit output."""
    graph = onnx.load(model).graph
    [last] = [node for node in graph.node if graph.output[0].name in node.output]
    assert last.op_type == "DequantizeLinear"
    scales = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    return float(scales[last.input[1]])


class TestAnEightBitModel:
    def test_runs_wholly_there_and_answers_alike(
        self, npu: Device, quantised: Path, record_property: Callable[[str, object], None]
    ) -> None:
        there = open_session(quantised, npu, machine="here", fallback=False)
        here = open_session(quantised, PROCESSOR, machine="here")
        assert there.placed.keys() == {QNN}
        assert (there.ran_on.accelerator, there.ran_on.provider) == ("npu", QNN)
        gap = max(
            float(np.abs(there.run(each)["scores"] - here.run(each)["scores"]).max())
            for each in pictures(8, 3)
        )
        step = output_step(quantised)
        assert gap <= STEPS * step
        record_property("measured", f"largest difference {gap / step:.2f} steps of {step:.5f}")


class TestAModelThatCannotRunThere:
    """Its batch is open, and the NPU's graphs are of fixed shapes."""

    MODEL = graphs.product().SerializeToString()

    def test_is_refused_where_the_npu_was_demanded(self, npu: Device) -> None:
        with pytest.raises(ModelUnloadable) as refused:
            open_session(self.MODEL, npu, machine="here", fallback=False)
        assert refused.value.facts == {"reason": "not_on_accelerator"}

    def test_says_where_it_fell_back_to(self, npu: Device) -> None:
        session = open_session(self.MODEL, npu, machine="here", fallback=True)
        assert (session.ran_on.accelerator, session.ran_on.provider) == ("cpu", CPU)
        assert session.run({"x": np.ones((2, 4), np.float32)})["y"].tolist() == [[18, 22, 26]] * 2

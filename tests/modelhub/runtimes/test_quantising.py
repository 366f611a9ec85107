"""Models in eight bits, and what is said of their accuracy."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from modelhub.runtimes.devices import PROCESSOR
from modelhub.runtimes.quantising import (
    NotQuantisable,
    QuantisingReport,
    accuracy,
    quantise,
)
from modelhub.runtimes.sessions import open_session
from modelhub.runtimes.tensors import Array, BadTensor
from tests.modelhub.runtimes import graphs


def pictures(many: int, seed: int, scale: float = 1.0) -> list[dict[str, Array]]:
    random = np.random.default_rng(seed)
    return [
        {"x": (scale * random.normal(size=(2, 1, 32, 32))).astype(np.float32)} for _ in range(many)
    ]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("float") / "model.onnx"
    onnx.save(graphs.convolutions(48, size=32), path)
    return path


@pytest.fixture(scope="module")
def done(model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[QuantisingReport, Path]:
    target = tmp_path_factory.mktemp("quantised") / "model.onnx"
    report = quantise(model, target, calibration=pictures(8, 1), held_out=pictures(4, 2))
    return report, target


class TestQuantising:
    def test_makes_a_smaller_model_that_answers_alike(
        self, done: tuple[QuantisingReport, Path], model: Path
    ) -> None:
        report, target = done
        assert report.bytes_before == model.stat().st_size
        assert report.bytes_after == target.stat().st_size < 0.4 * report.bytes_before
        told = report.outputs["scores"]
        assert told.cosine > 0.995
        assert told.snr_db is not None
        assert told.snr_db > 20

    def test_leaves_every_convolution_between_8_bit_pairs(
        self, done: tuple[QuantisingReport, Path]
    ) -> None:
        nodes = onnx.load(done[1]).graph.node
        made_by = {name: node.op_type for node in nodes for name in node.output}
        convolutions = [node for node in nodes if node.op_type == "Conv"]
        assert len(convolutions) == 4
        for node in convolutions:
            assert {made_by[name] for name in node.input[:2]} == {"DequantizeLinear"}

    def test_reports_the_data_it_saw(self, done: tuple[QuantisingReport, Path]) -> None:
        assert (done[0].calibrated_on, done[0].judged_on) == (8, 4)

    def test_reports_what_data_of_another_kind_costs(self, model: Path, tmp_path: Path) -> None:
        """Calibrated on a whisper, a shout is cut off: the report must not look fine."""
        report = quantise(
            model,
            tmp_path / "model.onnx",
            calibration=pictures(4, 1, scale=0.01),
            held_out=pictures(4, 2),
        )
        told = report.outputs["scores"]
        assert told.snr_db is not None
        assert told.snr_db < 10

    def test_is_the_same_as_the_models_own_runs(
        self, done: tuple[QuantisingReport, Path], model: Path
    ) -> None:
        sessions = [open_session(path, PROCESSOR, machine="") for path in (model, done[1])]
        results = [
            np.concatenate([each.run(inputs)["scores"].ravel() for inputs in pictures(4, 2)])
            for each in sessions
        ]
        assert accuracy(*results) == done[0].outputs["scores"]


class TestRefused:
    @pytest.mark.parametrize(("calibration", "held_out"), [(0, 1), (1, 0)])
    def test_is_a_lack_of_data(
        self, model: Path, tmp_path: Path, calibration: int, held_out: int
    ) -> None:
        with pytest.raises(NotQuantisable):
            quantise(
                model,
                tmp_path / "q.onnx",
                calibration=pictures(calibration, 1),
                held_out=pictures(held_out, 2),
            )

    def test_is_data_that_the_model_does_not_take(self, model: Path, tmp_path: Path) -> None:
        wrong: list[dict[str, Array]] = [{"x": np.zeros((1, 1, 8, 8), np.float32)}]
        with pytest.raises(BadTensor):
            quantise(model, tmp_path / "q.onnx", calibration=wrong, held_out=pictures(1, 1))

    def test_is_a_graph_that_would_be_no_smaller(self, tmp_path: Path) -> None:
        path, target = tmp_path / "plain.onnx", tmp_path / "q.onnx"
        onnx.save(graphs.magnitudes(), path)
        with pytest.raises(NotQuantisable, match="no smaller"):
            quantise(path, target, calibration=pictures(1, 1), held_out=pictures(1, 2))

    def test_is_everything_where_the_extra_is_missing(self, model: Path, tmp_path: Path) -> None:
        script = """
import sys
from pathlib import Path
import numpy as np
sys.modules["onnx"] = None  # as if it were not installed
from modelhub.runtimes.quantising import QuantiserNotInstalled, quantise
data = [{"x": np.zeros((1, 1, 32, 32), np.float32)}]
try:
    quantise(Path(sys.argv[1]), Path(sys.argv[2]), calibration=data, held_out=data)
except QuantiserNotInstalled as refused:
    print(refused.code)
"""
        told = subprocess.run(
            [sys.executable, "-c", script, str(model), str(tmp_path / "q.onnx")],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        assert told.stdout == "quantiser-not-installed\n"


class TestAccuracy:
    @pytest.mark.parametrize(
        ("expected", "found", "cosine", "error", "snr_db"),
        [
            ([3, 4], [3, 4], 1, 0, None),
            ([3, 4], [3, 3], 0.9899, 1, 13.98),
            ([1, 0], [0, 1], 0, 1, -3.01),
            ([0, 0], [0, 0], 1, 0, None),
            ([0, 0], [1, 0], 0, 1, -300),
            ([10, -10], [11, -10], 0.9989, 1, 23.01),
        ],
    )
    def test_is_told_by_hand(
        self, expected: list[int], found: list[int], cosine: float, error: float, snr_db: float
    ) -> None:
        told = accuracy(np.array(expected), np.array(found))
        assert told.cosine == pytest.approx(cosine, abs=1e-4)
        assert told.max_abs_error == error
        assert told.snr_db == pytest.approx(snr_db, abs=0.01)

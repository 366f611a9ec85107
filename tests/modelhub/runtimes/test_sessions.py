"""Models loaded and run on this machine's processor, and those that are refused."""

import re
import socket
from pathlib import Path

import numpy as np
import onnx
import pytest

from foundation.errors import TifoError
from modelhub.runtimes.devices import CPU, CUDA, PROCESSOR, QNN, Device, devices
from modelhub.runtimes.files import ModelUnloadable
from modelhub.runtimes.sessions import DeviceUnavailable, ModelFailed, RanOn, Session, open_session
from modelhub.runtimes.tensors import Array, BadTensor, Port, Tensors, check
from tests.modelhub.runtimes import graphs

GPUS = [device for device in devices() if device.accelerator == "gpu"]
X = np.ones((2, 4), np.float32)


def opened(model: onnx.ModelProto | bytes | Path, device: Device = PROCESSOR) -> Session:
    given = model.SerializeToString() if isinstance(model, onnx.ModelProto) else model
    return open_session(given, device, machine="stage-left")


def reason(model: onnx.ModelProto | bytes | Path) -> str:
    with pytest.raises(ModelUnloadable) as refused:
        opened(model)
    return str(refused.value.facts["reason"])


class TestASession:
    def test_runs_a_model_and_says_where(self) -> None:
        session = opened(graphs.product())
        result = session.run({"x": X})["y"]
        assert result.tolist() == [[18, 22, 26]] * 2
        assert session.inputs == (Port("x", "float32", ("batch", 4)),)
        assert session.outputs == (Port("y", "float32", ("batch", 3)),)
        assert session.ran_on == RanOn("stage-left", "cpu", CPU)
        assert session.placed == {CPU: 1}

    def test_takes_a_model_without_weights(self) -> None:
        a = np.arange(3, dtype=np.float32)
        assert opened(graphs.added()).run({"a": a, "b": a})["c"].tolist() == [0, 2, 4]

    def test_says_what_broke_off_within(self) -> None:
        session = opened(graphs.reshaping())
        assert session.run({"x": np.zeros(6, np.float32)})["y"].shape == (2, 3)
        with pytest.raises(ModelFailed, match="Reshape"):
            session.run({"x": np.zeros(7, np.float32)})

    @pytest.mark.skipif(not GPUS, reason="no GPU on this machine")
    def test_runs_on_the_card(self) -> None:
        model = graphs.convolutions().SerializeToString()
        x = np.random.default_rng(1).normal(size=(4, 1, 64, 64)).astype(np.float32)
        expected = opened(model).run({"x": x})["scores"]
        session = open_session(model, GPUS[-1], machine=socket.gethostname())
        assert session.ran_on.accelerator == "gpu"
        np.testing.assert_allclose(session.run({"x": x})["scores"], expected, atol=1e-2)


class TestInputs:
    PORTS = (
        Port("a", "float32", ("n", 4)),
        Port("b/c", "int64", ("n",)),
        Port("d", "float32", (None, 1)),
    )
    GOOD: Tensors = {
        "a": np.zeros((2, 4), np.float32),
        "b/c": np.zeros(2, np.int64),
        "d": np.zeros((9, 1), np.float32),
    }

    def test_as_declared_are_taken(self) -> None:
        check(self.PORTS, self.GOOD)

    @pytest.mark.parametrize(
        ("name", "tensor", "pointer", "expected", "found"),
        [
            ("a", None, "/inputs/a", "float32 [n, 4]", "missing"),
            ("a", X.astype(np.float64), "/inputs/a", "float32 [n, 4]", "float64 [2, 4]"),
            ("a", X[:, :3], "/inputs/a", "float32 [n, 4]", "float32 [2, 3]"),
            ("a", X[0], "/inputs/a", "float32 [n, 4]", "float32 [4]"),
            ("b/c", np.zeros(3, np.int64), "/inputs/b~1c", "int64 [n=2]", "int64 [3]"),
            ("d", np.zeros((9, 2), np.float32), "/inputs/d", "float32 [any, 1]", "float32 [9, 2]"),
            ("e", np.zeros(1, np.int8), "/inputs/e", "absent", "int8 [1]"),
        ],
    )
    def test_of_another_kind_are_pointed_at(
        self, name: str, tensor: Array | None, pointer: str, expected: str, found: str
    ) -> None:
        given = {key: value for key, value in self.GOOD.items() if key != name}
        given |= {} if tensor is None else {name: tensor}
        with pytest.raises(BadTensor) as refused:
            check(self.PORTS, given)
        assert refused.value.errors[0].pointer == pointer
        assert refused.value.facts == {"input": name, "expected": expected, "found": found}

    def test_are_all_told_at_once(self) -> None:
        with pytest.raises(BadTensor) as refused:
            check(self.PORTS, {"z": X})
        assert [each.pointer for each in refused.value.errors] == [
            "/inputs/a",
            "/inputs/b~1c",
            "/inputs/d",
            "/inputs/z",
        ]

    def test_are_checked_before_the_model_sees_them(self) -> None:
        with pytest.raises(BadTensor):
            opened(graphs.product()).run({"x": X[:, :2]})


class TestRefused:
    def test_is_what_is_no_model(self) -> None:
        whole = graphs.product().SerializeToString()
        assert {
            reason(junk) for junk in (b"", b"GGUF", b"PK\3\4zip", whole[: len(whole) // 2])
        } == {"malformed"}

    def test_is_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        assert reason(tmp_path / "absent.onnx") == "malformed"

    def test_is_a_custom_operator(self) -> None:
        assert reason(graphs.foreign()) == "unknown_operators"

    def test_is_a_compiled_blob(self) -> None:
        model = graphs.foreign("com.microsoft")
        model.graph.node[0].op_type = "EPContext"
        assert reason(model) == "malformed"

    def test_is_a_tensor_of_texts(self) -> None:
        assert reason(graphs.texts()) == "unserved_types"

    @pytest.mark.parametrize(
        "domain",
        ["org.example", "x" * 400, "x " * 200, "yx " + "x " * 200],
        ids=["whole", "cut", "cut after a word", "cut after another"],
    )
    def test_says_what_to_do_in_a_sentence_of_its_own(self, domain: str) -> None:
        with pytest.raises(ModelUnloadable) as refused:
            opened(graphs.foreign(domain))
        said, own, rest = refused.value.detail.partition(
            " Export the model with ONNX's own operators."
        )
        assert (bool(own), rest) == (True, "")
        assert re.search(r"[^. ]\.$", said)

    def test_names_no_path_of_ours(self, tmp_path: Path) -> None:
        path = tmp_path / "model.onnx"
        path.write_bytes(graphs.foreign().SerializeToString())
        with pytest.raises(ModelUnloadable) as refused:
            opened(path)
        assert str(tmp_path) not in refused.value.detail

    def test_is_a_device_whose_provider_is_not_here(self) -> None:
        for device in (Device("gpu", CUDA, "NVIDIA", "L4", 7), Device("npu", QNN, "", "", 0)):
            if device.provider not in {each.provider for each in devices()}:
                with pytest.raises(DeviceUnavailable):
                    opened(graphs.product(), device)


class TestExternalData:
    def stored(self, folder: Path, location: str = "weights.bin") -> Path:
        """A model whose weights lie in a file beside it."""
        folder.mkdir(exist_ok=True)
        model = graphs.product(np.ones((4, 400), np.float32))
        path = folder / "model.onnx"
        onnx.save(model, path, save_as_external_data=True, location=location, size_threshold=16)
        return path

    def test_beside_the_model_is_loaded_and_counted(self, tmp_path: Path) -> None:
        path = self.stored(tmp_path / "own")
        session = opened(path)
        assert session.run({"x": X})["y"].tolist() == [[4.0] * 400] * 2
        assert session.bytes >= path.stat().st_size + 4 * 400 * 4

    def test_by_a_link_within_the_folder_is_loaded(self, tmp_path: Path) -> None:
        path = self.stored(tmp_path / "own")
        (path.parent / "weights.bin").rename(path.parent / "blob")
        (path.parent / "weights.bin").symlink_to("blob")
        assert opened(path).run({"x": X})["y"].shape == (2, 400)

    def test_by_a_link_out_of_the_folder_is_refused(self, tmp_path: Path) -> None:
        path = self.stored(tmp_path / "own")
        (path.parent / "weights.bin").rename(tmp_path / "secret")
        (path.parent / "weights.bin").symlink_to("../secret")
        assert reason(path) == "external_data"

    @pytest.mark.parametrize("location", ["../weights.bin", "/etc/passwd"])
    def test_outside_the_folder_is_refused(self, tmp_path: Path, location: str) -> None:
        path = self.stored(tmp_path / "own")
        model = onnx.load(path, load_external_data=False)
        model.graph.initializer[0].external_data[0].value = location
        path.write_bytes(model.SerializeToString())
        assert reason(path) == "external_data"

    def test_that_is_not_there_is_named_with_its_tensor(self, tmp_path: Path) -> None:
        path = self.stored(tmp_path / "own")
        (path.parent / "weights.bin").unlink()
        with pytest.raises(ModelUnloadable) as refused:
            opened(path)
        assert refused.value.facts == {"reason": "external_data"}
        assert "Found: file weights.bin, tensor " in refused.value.detail

    def test_of_a_model_in_memory_is_refused(self, tmp_path: Path) -> None:
        model = self.stored(tmp_path / "own").read_bytes()
        assert reason(model) == "external_data"


class TestItsErrors:
    def test_are_told_in_the_callers_words(self) -> None:
        for error in (BadTensor, DeviceUnavailable, ModelFailed, ModelUnloadable):
            assert issubclass(error, TifoError)
            assert not error.code.startswith("onnx")

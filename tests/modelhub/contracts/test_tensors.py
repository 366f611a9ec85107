"""Arrays in and out, as JSON has them."""

from typing import Any

import pytest

from modelhub.contracts import tensors as generic
from modelhub.runtimes.tensors import BadTensor, Port
from tests.modelhub.contracts.models import HandMade, floats, ramp


class TestTensors:
    PORTS = (floats("x", "n", 2), Port("i", "int8", (None,)), Port("f", "bool", (None,)))

    def test_are_read_as_the_model_declares_them(self) -> None:
        made = generic.arrays(self.PORTS, {"x": [[1, 2.5]], "i": [-128, 127], "f": [True, False]})
        assert {name: str(each.dtype) for name, each in made.items()} == {
            "x": "float32",
            "i": "int8",
            "f": "bool",
        }

    @pytest.mark.parametrize(
        "body",
        [
            {"x": [[1, 2], [3]]},
            {"x": [["1", "2"]]},
            {"x": {"a": 1}},
            {"x": None},
            {"x": [[1e300, 1]]},
            {"x": [[float("nan"), 1]]},
            {"i": [128]},
            {"i": [1.5]},
            {"i": [1 << 70]},
            {"f": [2]},
            {"f": [1]},
            {"x": [[True, 1.5]]},
            {"i": [True]},
            {"z": [1]},
            {"x": [[0, 0]] * ((generic.MOST_ELEMENTS >> 1) + 1)},
        ],
    )
    def test_that_do_not_fit_are_pointed_at(self, body: dict[str, Any]) -> None:
        with pytest.raises(BadTensor) as refused:
            generic.arrays(self.PORTS, body)
        assert refused.value.errors[0].pointer == f"/inputs/{next(iter(body))}"

    def test_are_all_told_at_once_and_where_the_caller_has_them(self) -> None:
        body = {"x": [[1, 2, 3]], "i": [1.5], "z/a": [1]}
        with pytest.raises(BadTensor) as refused:
            generic.arrays(self.PORTS, body, at="/input/tensors")
        assert {each.pointer: each.detail for each in refused.value.errors} == {
            "/input/tensors/x": "Must be float32 [n, 2], is float32 [1, 3].",
            "/input/tensors/i": "Must be int8 [any], is numbers that do not fit.",
            "/input/tensors/f": "Must be bool [any], is missing.",
            "/input/tensors/z~1a": "Must be absent, is given.",
        }
        assert refused.value.facts["input"] == "i"

    def test_come_out_with_their_shapes(self) -> None:
        model = HandMade((floats("x", "n"),), (floats("y", "n"),), lambda x: {"y": x * 2})
        made = generic.outcome(model, {"x": ramp(3)})
        assert made.arrays["y"].tolist() == [2, 4, 6]
        assert made.summary == {"outputs": {"y": {"dtype": "float32", "shape": [3]}}}

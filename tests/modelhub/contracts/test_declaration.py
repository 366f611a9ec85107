"""What is declared of a model, read from JSON."""

from typing import Any

import pytest

from foundation.errors import Invalid
from modelhub.contracts import State, declared

LEAST = {"sample_rate": 16000, "window": 512, "hop": 256}
STATE = {"input": "h", "output": "hn", "shape": [2, 1, 128]}


class TestADeclaration:
    def test_needs_little(self) -> None:
        made = declared(LEAST)
        assert (made.sample_rate, made.window, made.hop, made.lead, made.batch) == (
            16000,
            512,
            256,
            0,
            16,
        )

    def test_takes_all_that_there_is(self) -> None:
        made = declared(
            LEAST
            | {
                "input": "x",
                "outputs": {"scores": "y"},
                "states": [STATE],
                "constants": {"sr": 16000},
                "labels": ["speech"],
                "activation": "sigmoid",
                "threshold": 1,
                "lead": 64,
                "frame_hop": 256,
                "margin_frames": 15,
                "lowest_midi": 0,
                "batch": 1,
            }
        )
        assert made.states == (State("h", "hn", (2, 1, 128)),)
        assert made.constants == {"sr": 16000.0}
        assert made.threshold == 1.0

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("sample_rate", 999),
            ("sample_rate", "16000"),
            ("sample_rate", True),
            ("window", 0),
            ("window", 1 << 25),
            ("hop", -1),
            ("hop", 1.5),
            ("lead", None),
            ("batch", 257),
            ("input", ""),
            ("outputs", {"scores": 3}),
            ("outputs", []),
            ("states", [STATE | {"shape": [0]}]),
            ("states", [STATE | {"shape": [1 << 20, 1 << 20]}]),
            ("states", [STATE | {"more": 1}]),
            ("states", [{}]),
            ("states", STATE),
            ("constants", {"sr": "16000"}),
            ("constants", {"sr": float("inf")}),
            ("labels", ["a", "a"]),
            ("labels", "speech"),
            ("activation", "tanh"),
            ("activation", []),
            ("threshold", 1.1),
            ("threshold", float("nan")),
            ("lowest_midi", 128),
            ("colour", "red"),
        ],
    )
    def test_with_a_wrong_field_is_pointed_at(self, field: str, value: Any) -> None:
        with pytest.raises(Invalid) as refused:
            declared(LEAST | {field: value})
        assert [each.pointer for each in refused.value.errors] == [f"/declaration/{field}"]

    def test_tells_all_that_is_wrong(self) -> None:
        with pytest.raises(Invalid) as refused:
            declared({"hop": 0, "x": 1})
        told = [(each.pointer.rpartition("/")[2], each.code) for each in refused.value.errors]
        assert told == [
            ("sample_rate", "missing"),
            ("window", "missing"),
            ("hop", "invalid"),
            ("x", "unknown"),
        ]

    @pytest.mark.parametrize("body", [None, [], "window", 3])
    def test_is_an_object(self, body: object) -> None:
        with pytest.raises(Invalid):
            declared(body)

    def test_names_ten_thousand_labels_at_most(self) -> None:
        names = [str(number) for number in range(10_001)]
        assert len(declared(LEAST | {"labels": names[:-1]}).labels) == 10_000
        with pytest.raises(Invalid):
            declared(LEAST | {"labels": names})

"""Notes, of models made by hand."""

from typing import Any

import numpy as np
import pytest

from modelhub.contracts import ContractBroken, pitch
from modelhub.contracts.notes import notes
from modelhub.runtimes.tensors import Array
from tests.modelhub.contracts.models import HandMade, declaration, floats, ramp


class TestPitch:
    """Frames of 20 samples at 1 kHz; windows of five frames, one of them margin at either end."""

    GRID = {"window": 100, "hop": 60, "lead": 20, "frame_hop": 20, "margin_frames": 1}

    def model(self) -> HandMade:
        def levels(x: Array) -> dict[str, Array]:
            framed = x.reshape(len(x), 5, 20).mean(axis=2)
            return {"n": np.stack([framed, framed * 0], axis=2).astype(np.float32)}

        return HandMade((floats("x", "n", 100),), (floats("n", "n", 5, 2),), levels)

    def test_lays_windows_onto_one_grid(self) -> None:
        frames = np.array([0.9, 0.8, 0.1, 0.9, 0.9, 0.9, 0.9, 0.1, 0.7, 0.7, 0.7], np.float32)
        made = pitch.outcome(
            self.model(), np.repeat(frames, 20), 1000, declaration(**self.GRID, lowest_midi=60)
        )
        np.testing.assert_allclose(made.arrays["note"][:, 0], frames, atol=1e-6)
        assert made.summary["notes"] == [  # the first is too short
            {"start_s": 0.06, "end_s": 0.14, "midi": 60, "strength": 0.9},
            {"start_s": 0.16, "end_s": 0.22, "midi": 60, "strength": 0.7},
        ]

    @pytest.mark.parametrize(
        ("note", "onset", "expected"),
        [
            ([0.9] * 8, None, [(0, 8)]),
            ([0.1, 0.6, 0.4, 0.31, 0.29, 0.1], None, [(1, 4)]),
            ([0.4] * 8, None, []),
            ([0.9] * 8, [0.9, 0.1, 0.1, 0.1, 0.6, 0.1, 0.1, 0.1], [(0, 4), (4, 8)]),
            ([0.9] * 8, [0.9, 0.8, 0.1, 0.1, 0.4, 0.1, 0.1, 0.1], [(0, 8)]),
            ([0.1] * 8, [0.9] * 8, []),
        ],
    )
    def test_finds_notes(
        self, note: list[float], onset: list[float] | None, expected: list[tuple[int, int]]
    ) -> None:
        def column(values: list[float]) -> Any:
            return np.array(values, np.float32)[:, None]

        found = notes(
            column(note),
            None if onset is None else column(onset),
            threshold=0.5,
            frame_s=0.02,
            lowest_midi=60,
        )
        told = [(round(each.start_s / 0.02), round(each.end_s / 0.02)) for each in found]
        assert told == expected

    def test_with_too_few_frames_is_a_broken_contract(self) -> None:
        model = HandMade(
            (floats("x", "n", 100),),
            (floats("n", "n", None, 2),),
            lambda x: {"n": np.zeros((len(x), 3, 2), np.float32)},
        )
        with pytest.raises(ContractBroken):
            pitch.outcome(model, ramp(60), 1000, declaration(**self.GRID))

"""Sound cut into windows and laid together again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhub.contracts.windows import count, cut, mono, overlap_add
from tests.modelhub.contracts.models import ramp


class TestCut:
    @pytest.mark.parametrize(
        ("samples", "shape", "expected"),
        [
            (0, {"window": 3, "hop": 3}, [[0, 0, 0]]),
            (2, {"window": 3, "hop": 3}, [[1, 2, 0]]),
            (3, {"window": 3, "hop": 3}, [[1, 2, 3]]),
            (4, {"window": 3, "hop": 3}, [[1, 2, 3], [4, 0, 0]]),
            (4, {"window": 3, "hop": 2}, [[1, 2, 3], [3, 4, 0]]),
            (4, {"window": 3, "hop": 2, "lead": 1}, [[0, 1, 2], [2, 3, 4]]),
            (4, {"window": 4, "hop": 2, "lead": 1, "trail": 1}, [[0, 1, 2, 3], [2, 3, 4, 0]]),
            (1, {"window": 2, "hop": 5, "lead": 2}, [[0, 0], [0, 0]]),
        ],
    )
    def test_reaches_the_last_sample(
        self, samples: int, shape: dict[str, int], expected: list[list[int]]
    ) -> None:
        assert cut(ramp(samples), **shape).tolist() == expected

    @given(st.integers(0, 300), st.integers(1, 40), st.integers(1, 40), st.integers(0, 40))
    def test_leaves_nothing_out_and_adds_no_window_of_silence(
        self, samples: int, window: int, hop: int, lead: int
    ) -> None:
        many = count(samples, window=window, hop=hop, lead=lead)
        assert (many - 1) * hop + window - lead >= samples
        assert many == 1 or (many - 2) * hop + window - lead < samples


class TestOverlapAdd:
    @given(st.integers(0, 300), st.integers(1, 40), st.integers(1, 40), st.integers(0, 10))
    def test_gives_back_what_was_cut(self, samples: int, window: int, hop: int, lead: int) -> None:
        hop = min(hop, window)
        sound = np.sin(ramp(samples)).astype(np.float32)
        windows = cut(sound, window=window, hop=hop, lead=lead)
        joined = overlap_add(windows[:, None], hop=hop, lead=lead, samples=samples)
        np.testing.assert_allclose(joined, sound[None], atol=1e-6)

    def test_fades_neighbours_into_each_other(self) -> None:
        windows = np.stack([np.zeros((1, 4)), np.ones((1, 4))]).astype(np.float32)
        [joined] = overlap_add(windows, hop=2, lead=0, samples=6)
        np.testing.assert_allclose(joined, [0, 0, 1 / 3, 2 / 3, 1, 1], atol=1e-6)

    def test_is_silent_where_no_window_lies(self) -> None:
        windows = np.ones((2, 1, 1), np.float32)
        assert overlap_add(windows, hop=3, lead=0, samples=4).tolist() == [[1, 0, 0, 1]]


class TestMono:
    def test_is_the_mean_of_the_channels(self) -> None:
        assert mono(np.array([[1, 3], [2, 0]], np.float32), 8000, 8000).tolist() == [2, 1]

    def test_has_the_models_rate(self) -> None:
        assert abs(len(mono(np.zeros(44100, np.float32), 44100, 16000)) - 16000) <= 1

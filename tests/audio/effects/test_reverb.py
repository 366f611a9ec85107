import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from audio.effects.processors.reverb import Reverb
from audio.files import Samples

RATE = 16_000


def response(reverb: Reverb, seconds: float, channels: int = 1) -> Samples:
    samples = np.zeros((round(seconds * RATE), channels), dtype=np.float32)
    samples[0, 0] = 1
    return reverb.process(samples)


def decay_seconds(impulse_response: NDArray[np.floating]) -> float:
    """RT60 by Schroeder's backward integration (ISO 3382-1), from -5 to -35 dB, doubled (T30)."""
    left = np.cumsum(np.square(impulse_response, dtype=np.float64)[::-1])[::-1]
    level_db = 10 * np.log10(left / left[0] + 1e-30)
    start, stop = np.searchsorted(-level_db, [5, 35])
    return float(2 * (stop - start) / RATE)


def band(samples: NDArray[np.floating], low: float, high: float) -> NDArray[np.floating]:
    return sosfilt(butter(4, (low, high), "bandpass", fs=RATE, output="sos"), samples)


class TestReverb:
    @pytest.mark.parametrize("seconds", [0.5, 1.5, 4.0])
    def test_falls_by_sixty_db_in_the_time_asked_for(self, seconds: float) -> None:
        reverb = Reverb(sample_rate=RATE, channels=1, decay_seconds=seconds)
        heard = response(reverb, seconds + 1)[:, 0]
        assert decay_seconds(heard) == pytest.approx(seconds, rel=0.08)

    def test_the_treble_falls_sooner_when_it_is_dark(self) -> None:
        reverb = Reverb(sample_rate=RATE, channels=1, decay_seconds=2, bright_decay_seconds=0.3)
        heard = response(reverb, 3)[:, 0]
        assert decay_seconds(band(heard, 60, 250)) == pytest.approx(2, rel=0.15)
        assert decay_seconds(band(heard, 6_500, 7_900)) == pytest.approx(0.33, rel=0.25)

    def test_begins_after_its_shortest_line(self) -> None:
        reverb = Reverb(sample_rate=RATE, channels=1, decay_seconds=1)
        heard = response(reverb, 1)[:, 0]
        assert not heard[: round(0.021 * RATE)].any()
        assert heard[: round(0.023 * RATE)].any()

    @pytest.mark.parametrize("channels", [1, 2, 8])
    def test_white_noise_comes_out_about_as_loud(self, channels: int) -> None:
        reverb = Reverb(sample_rate=RATE, channels=channels, decay_seconds=1)
        random = np.random.default_rng(7)
        loud = random.normal(0, 0.1, (6 * RATE, channels)).astype(np.float32)
        heard = reverb.process(loud)[2 * RATE :]
        change_db = 20 * np.log10(heard.std() / 0.1)
        assert change_db == pytest.approx(0, abs=0.5)

    def test_the_two_sides_do_not_sound_alike(self) -> None:
        reverb = Reverb(sample_rate=RATE, channels=2, decay_seconds=1)
        heard = response(reverb, 1.5, channels=2)
        assert abs(np.corrcoef(heard[:, 0], heard[:, 1])[0, 1]) < 0.2
        assert heard[:, 1].std() == pytest.approx(heard[:, 0].std(), rel=0.3)

    def test_no_echo_stands_out_once_it_is_dense(self) -> None:
        """A Gaussian tail has a kurtosis of 3; a flutter has a far higher one."""
        reverb = Reverb(sample_rate=RATE, channels=1, decay_seconds=4)
        late = response(reverb, 1.5)[RATE // 2 :, 0]
        level = late * np.exp(np.arange(len(late)) * 6.9 / (4 * RATE))
        kurtosis = np.mean(level**4) / np.mean(level**2) ** 2
        assert kurtosis < 5

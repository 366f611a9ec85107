import numpy as np
import pytest
from scipy.signal import freqz_sos

from audio.effects.processors import biquads
from audio.effects.processors.biquads import Filter, Sections, SweptLowPass
from audio.files import Samples

RATE = 48_000


def impulse(seconds: float = 1.0) -> Samples:
    samples = np.zeros((round(seconds * RATE), 1), dtype=np.float32)
    samples[0] = 1
    return samples


def gain_db(sections: Sections, frequency: float) -> float:
    """Measured through the streaming filter: the spectrum of its impulse response at 1 Hz steps."""
    response = Filter(sections, channels=1).process(impulse())
    return float(20 * np.log10(np.abs(np.fft.rfft(response[:, 0]))[round(frequency)] + 1e-12))


class TestDesigns:
    @pytest.mark.parametrize(
        ("sections", "frequency", "expected_db"),
        [
            (biquads.low_pass(1_000, RATE), 1_000, -3.01),
            (biquads.low_pass(1_000, RATE), 20, 0),
            (biquads.low_pass(1_000, RATE, q=4), 1_000, 12.04),
            (biquads.high_pass(1_000, RATE), 1_000, -3.01),
            (biquads.high_pass(1_000, RATE), 20_000, 0),
            (biquads.band_pass(2_000, RATE, q=5), 2_000, 0),
            (biquads.peak(1_500, RATE, 9, q=1), 1_500, 9),
            (biquads.peak(1_500, RATE, -9, q=1), 23_999, 0),
            (biquads.low_shelf(300, RATE, 6), 1, 6),
            (biquads.low_shelf(300, RATE, 6), 300, 3),
            (biquads.low_shelf(300, RATE, 6), 20_000, 0),
            (biquads.high_shelf(4_000, RATE, -8), 24_000, -8),
            (biquads.high_shelf(4_000, RATE, -8), 4_000, -4),
            (biquads.high_shelf(4_000, RATE, -8), 20, 0),
            (biquads.steep_low_pass(1_000, RATE), 1_000, -3.01),
            (biquads.steep_low_pass(1_000, RATE), 2_000, -24.1),
            (biquads.steep_high_pass(1_000, RATE), 1_000, -3.01),
            (biquads.steep_high_pass(1_000, RATE), 500, -24.1),
        ],
    )
    def test_have_the_gain_that_theory_gives(
        self, sections: Sections, frequency: float, expected_db: float
    ) -> None:
        assert gain_db(sections, frequency) == pytest.approx(expected_db, abs=0.15)

    def test_a_notch_takes_out_one_frequency(self) -> None:
        sections = biquads.notch(1_000, RATE, q=10)
        assert gain_db(sections, 1_000) < -80
        assert gain_db(sections, 500) == pytest.approx(0, abs=0.1)

    @pytest.mark.parametrize("design", [biquads.band_pass, biquads.notch])
    def test_the_band_is_the_frequency_over_q(self, design: object) -> None:
        assert callable(design)
        sections = design(1_000, RATE, 5)
        frequencies, response = freqz_sos(sections, worN=np.arange(700, 1_400), fs=RATE)
        halves = np.abs(np.abs(response) ** 2 - 0.5)
        low = frequencies[:300][halves[:300].argmin()]
        high = frequencies[300:][halves[300:].argmin()]
        assert high - low == pytest.approx(200, abs=3)

    @pytest.mark.parametrize("frequency", [0.0, -5.0, RATE / 2, float("nan")])
    def test_refuse_a_frequency_that_the_rate_cannot_hold(self, frequency: float) -> None:
        with pytest.raises(ValueError, match="Hz"):
            biquads.low_pass(frequency, RATE)


class TestSweptLowPass:
    def sweep(self) -> SweptLowPass:
        return SweptLowPass(
            sample_rate=RATE, channels=1, low_hz=200, high_hz=12_800, rate_hz=0.5, q=0.7
        )

    def test_starts_closed_and_is_open_half_a_turn_later(self) -> None:
        sweep = self.sweep()
        assert sweep.corner(0) == pytest.approx(200)
        assert sweep.corner(RATE) == pytest.approx(12_800)
        assert sweep.corner(RATE // 2) == pytest.approx((200 * 12_800) ** 0.5)

    def test_lets_a_high_note_through_only_while_it_is_open(self) -> None:
        note = np.sin(2 * np.pi * 4_000 * np.arange(2 * RATE) / RATE).astype(np.float32)
        swept = self.sweep().process(note[:, np.newaxis])[:, 0]
        closed, opened = swept[: RATE // 10], swept[int(0.95 * RATE) : int(1.05 * RATE)]
        assert np.abs(closed[1_000:]).max() < 0.03
        assert np.abs(opened).max() > 0.9

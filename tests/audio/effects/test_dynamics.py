import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.effects.processors.dynamics import Compressor, Falling, Limiter, reduction_db
from audio.effects.processors.saturation import Saturation
from audio.files import Samples
from tests.audio.effects.true_peak_meter import true_peak_db

RATE = 16_000


def level(decibels: float, seconds: float = 1.0) -> Samples:
    return np.full((round(seconds * RATE), 1), 10 ** (decibels / 20), dtype=np.float32)


def decibels(value: float) -> float:
    return float(20 * np.log10(abs(value)))


class TestStaticCurve:
    @pytest.mark.parametrize(
        ("level_db", "reduction"),
        [(-60, 0), (-23.1, 0), (-20, 0.5625), (-17, 2.25), (-8, 9), (0, 15)],
    )
    def test_is_straight_parabola_straight(self, level_db: float, reduction: float) -> None:
        """Ratio 4 over -20 dB with a knee of 6 dB: 3/4 of (x + 20) ** 2 / 12 within it."""
        got = reduction_db(np.array([level_db]), threshold_db=-20, ratio=4, knee_db=6)
        assert got[0] == pytest.approx(reduction, abs=1e-9)

    def test_without_a_knee_it_bends_at_the_threshold(self) -> None:
        got = reduction_db(np.array([-21.0, -20, -10]), threshold_db=-20, ratio=2, knee_db=0)
        assert got.tolist() == [0, 0, 5]


class TestFalling:
    @given(
        values=st.lists(st.floats(0, 60), min_size=1, max_size=60),
        seconds=st.floats(0.0002, 0.05),
    )
    @settings(deadline=None)
    def test_equals_the_recursion_it_stands_for(self, values: list[float], seconds: float) -> None:
        keep = np.exp(-1 / (seconds * RATE))
        held, expected = 0.0, []
        for value in values:
            held = max(value, keep * held)
            expected.append(held)
        got = Falling(seconds=seconds, sample_rate=RATE).process(np.array(values))
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-11)


class TestCompressor:
    @pytest.mark.parametrize(("into_db", "out_db"), [(-40, -40), (-12, -18), (0, -15)])
    def test_settles_on_the_static_curve(self, into_db: float, out_db: float) -> None:
        compressor = Compressor(sample_rate=RATE, threshold_db=-20, ratio=4)
        assert decibels(compressor.process(level(into_db))[-1, 0]) == pytest.approx(
            out_db, abs=0.01
        )

    def test_the_makeup_is_added(self) -> None:
        compressor = Compressor(sample_rate=RATE, threshold_db=-20, ratio=4, makeup_db=6)
        assert decibels(compressor.process(level(-40))[-1, 0]) == pytest.approx(-34, abs=0.01)

    def test_attack_and_release_are_time_constants(self) -> None:
        compressor = Compressor(
            sample_rate=RATE, threshold_db=-20, ratio=4, attack_ms=10, release_ms=200
        )
        burst = np.concatenate([level(0, 0.5), level(-40, 1)])
        gain_db = 20 * np.log10(compressor.process(burst)[:, 0] / burst[:, 0])
        after_attack, after_release = round(0.01 * RATE), RATE // 2 + round(0.2 * RATE)
        assert gain_db[after_attack] == pytest.approx(-15 * (1 - np.exp(-1)), abs=0.1)
        assert gain_db[after_release] == pytest.approx(-15 * np.exp(-1), abs=0.4)

    def test_one_gain_for_all_channels(self) -> None:
        compressor = Compressor(sample_rate=RATE, threshold_db=-30, ratio=8)
        both = np.concatenate([level(-6), level(-26)], axis=1)
        ratio = compressor.process(both) / both
        np.testing.assert_allclose(ratio[:, 0], ratio[:, 1], rtol=1e-5)


class TestLimiter:
    @given(seed=st.integers(0, 10_000), lookahead_ms=st.floats(0, 5))
    @settings(deadline=None, max_examples=20)
    def test_nothing_leaves_above_the_ceiling(self, seed: int, lookahead_ms: float) -> None:
        random = np.random.default_rng(seed)
        wild = random.standard_cauchy((2_000, 2)).astype(np.float32)
        limiter = Limiter(sample_rate=RATE, channels=2, ceiling_db=-1, lookahead_ms=lookahead_ms)
        assert np.abs(limiter.process(wild)).max() <= 10 ** (-1 / 20) + 1e-6

    def test_what_is_quiet_enough_only_waits(self) -> None:
        limiter = Limiter(sample_rate=RATE, channels=1)
        random = np.random.default_rng(3)
        quiet = random.uniform(-0.4, 0.4, (3_000, 1)).astype(np.float32)
        assert true_peak_db(quiet) < -0.3 - Limiter.MARGIN_DB
        late = limiter.latency_samples
        assert late == 31 + 48  # 32 samples ahead, and half of the meter's taps
        np.testing.assert_allclose(limiter.process(quiet)[late:], quiet[:-late], rtol=1e-6)

    def test_the_gain_moves_in_small_steps(self) -> None:
        limiter = Limiter(sample_rate=RATE, channels=1, lookahead_ms=2)
        step = np.concatenate([level(-20, 0.2), level(12, 0.2)])
        late = limiter.latency_samples
        gain_db = 20 * np.log10(limiter.process(step)[late:, 0] / step[:-late, 0])
        # The step rings between its samples by about 1 dB above its 12.
        assert np.abs(np.diff(gain_db)).max() == pytest.approx(13.6 / 32, abs=0.02)
        assert gain_db[-1] == pytest.approx(-12.5, abs=0.02)


class TestSaturation:
    def test_full_scale_stays_full_scale(self) -> None:
        shaped = Saturation(channels=1, drive_db=12).process(level(0))
        assert shaped[-1, 0] == pytest.approx(1, abs=1e-6)

    def test_is_the_hyperbolic_tangent_for_a_slow_input(self) -> None:
        ramp = np.linspace(-1, 1, RATE, dtype=np.float32)[:, np.newaxis]
        shaped = Saturation(channels=1, drive_db=6.0206).process(ramp)
        np.testing.assert_allclose(shaped[1:, 0], np.tanh(2 * ramp[1:, 0]) / np.tanh(2), atol=5e-4)

    def test_folds_back_less_than_the_curve_alone(self) -> None:
        frequency = 3_700  # its fifth harmonic, 18.5 kHz, folds back to 2.5 kHz
        wave = np.sin(2 * np.pi * frequency * np.arange(RATE) / RATE)[:, np.newaxis]
        ours = Saturation(channels=1, drive_db=18).process(wave.astype(np.float32))[:, 0]
        plain = np.tanh(10 ** (18 / 20) * wave[:, 0])
        folded = [np.abs(np.fft.rfft(shaped))[2_500] for shaped in (ours, plain)]
        assert 20 * np.log10(folded[0] / folded[1]) < -10

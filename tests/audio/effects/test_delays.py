import numpy as np
import pytest
from numpy.typing import NDArray

from audio.effects.processor import Gain, Parallel, Wait, blend
from audio.effects.processors.delay import Delay
from audio.effects.processors.moving_taps import Chorus
from audio.effects.processors.pitch import PitchShift
from audio.files import Samples

RATE = 16_000


def impulse(length: int, channels: int = 1) -> Samples:
    samples = np.zeros((length, channels), dtype=np.float32)
    samples[0, 0] = 1
    return samples


def sine(frequency: float, seconds: float = 1.0) -> Samples:
    wave = np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE)
    return 0.5 * wave[:, np.newaxis].astype(np.float32)


def followed(samples: Samples, hertz: float) -> tuple[float, NDArray[np.float64]]:
    """Frequency and amplitude of a tone near a frequency, by demodulation."""
    turned = samples[:, 0] * np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / RATE)
    window = np.hanning(round(max(8 / hertz, 0.03) * RATE))
    phasor = 2 * np.convolve(turned, window / window.sum(), "valid")
    slope = np.polyfit(np.arange(len(phasor)), np.unwrap(np.angle(phasor)), 1)[0]
    return hertz + float(slope) * RATE / (2 * np.pi), np.abs(phasor)


class TestDelay:
    def test_echoes_fall_on_exact_samples_at_exact_levels(self) -> None:
        delay = Delay(sample_rate=RATE, channels=1, seconds=0.01, feedback=0.5)
        echoes = delay.process(impulse(1_000))[:, 0]
        expected = np.zeros(1_000)
        expected[[160, 320, 480, 640, 800, 960]] = [1, 0.5, 0.25, 0.125, 0.0625, 0.03125]
        np.testing.assert_allclose(echoes, expected, atol=1e-7)

    def test_bouncing_echoes_change_sides(self) -> None:
        delay = Delay(sample_rate=RATE, channels=2, seconds=0.01, feedback=0.5, bounce=True)
        echoes = delay.process(impulse(600, channels=2))
        assert echoes[160].tolist() == [1, 0]
        assert echoes[320].tolist() == [0, 0.5]
        assert echoes[480].tolist() == [0.25, 0]

    def test_damping_leaves_the_first_echo_and_dulls_the_next(self) -> None:
        delay = Delay(sample_rate=RATE, channels=1, seconds=0.1, feedback=1, damping_hz=1_000)
        echoes = delay.process(impulse(8_000))[:, 0]
        first, second = echoes[1_600:3_200], echoes[3_200:4_800]
        assert np.flatnonzero(first).tolist() == [0]
        spectrum = np.abs(np.fft.rfft(second))
        assert spectrum[0] == pytest.approx(1, abs=1e-3)
        assert spectrum[-1] < 0.25

    def test_a_delay_under_one_sample_is_one_sample(self) -> None:
        delay = Delay(sample_rate=RATE, channels=1, seconds=0)
        assert delay.process(impulse(4))[:, 0].tolist() == [0, 1, 0, 0]


class TestChorus:
    def test_without_depth_it_is_the_input_twelve_ms_later(self) -> None:
        chorus = Chorus(sample_rate=RATE, channels=1, rate_hz=1, depth_ms=0, voices=1)
        samples = np.random.default_rng(1).normal(0, 0.1, (2_000, 1)).astype(np.float32)
        np.testing.assert_allclose(chorus.process(samples)[192:], samples[:-192], atol=1e-6)

    def test_the_delay_swings_by_the_depth(self) -> None:
        chorus = Chorus(sample_rate=RATE, channels=1, rate_hz=1, depth_ms=5, voices=1)
        ramp = (np.arange(RATE)[:, np.newaxis] / RATE).astype(np.float32)
        delays_ms = 1_000 * (ramp - chorus.process(ramp))[:, 0]
        assert delays_ms[RATE // 4] == pytest.approx(17, abs=0.02)
        assert delays_ms[3 * RATE // 4] == pytest.approx(7, abs=0.02)

    def test_the_channels_drift_apart(self) -> None:
        chorus = Chorus(sample_rate=RATE, channels=2, rate_hz=1, depth_ms=5, voices=2)
        wet = chorus.process(np.repeat(sine(440), 2, axis=1))
        assert np.abs(wet[:, 0] - wet[:, 1]).max() > 0.1


class TestPitchShift:
    @pytest.mark.parametrize("semitones", [-12, -5, -1, 0.5, 3, 7, 12])
    @pytest.mark.parametrize("hertz", [82.4, 220.5, 440, 997])
    def test_moves_a_note_by_the_interval_and_keeps_its_level(
        self, hertz: float, semitones: float
    ) -> None:
        shift = PitchShift(sample_rate=RATE, channels=1, semitones=semitones)
        wanted = hertz * 2 ** (semitones / 12)
        got, level = followed(shift.process(sine(hertz, seconds=2))[RATE // 5 :], wanted)
        assert abs(1_200 * np.log2(got / wanted)) < 3
        assert level.min() > 0.97 * level.max()
        assert level.mean() == pytest.approx(0.5, rel=0.03)

    def test_moves_a_voice_with_all_its_harmonics(self) -> None:
        voice = np.sum([sine(130 * n) / np.float32(3 * n) for n in range(1, 12)], axis=0)
        shifted = PitchShift(sample_rate=RATE, channels=1, semitones=5).process(voice)
        ratio = 2 ** (5 / 12)
        for harmonic in range(1, 12):
            wanted = 130 * harmonic * ratio
            got, level = followed(shifted[RATE // 5 :], wanted)
            assert abs(1_200 * np.log2(got / wanted)) < 3
            assert level.mean() == pytest.approx(0.5 / harmonic / 3, rel=0.08)

    @pytest.mark.parametrize("semitones", [-12, -5, 5, 12])
    def test_keeps_the_power_of_noise(self, semitones: float) -> None:
        random = np.random.default_rng(2)
        noise = np.convolve(random.normal(0, 0.2, 4 * RATE), np.ones(8) / 8)[:, np.newaxis]
        shift = PitchShift(sample_rate=RATE, channels=1, semitones=semitones)
        shifted = shift.process(noise.astype(np.float32))[RATE // 5 :, 0]
        steps = shifted[: len(shifted) // 480 * 480].reshape(-1, 480)  # of 30 ms
        assert 20 * np.log10(shifted.std() / noise.std()) == pytest.approx(0, abs=0.7)
        assert 20 * np.log10(steps.std(axis=1).min() / steps.std()) > -6

    def test_an_offset_and_an_inverted_side_change_nothing(self) -> None:
        note = sine(220.5)
        plain = PitchShift(sample_rate=RATE, channels=1, semitones=-5).process(note)
        both = np.concatenate([note, -note], axis=1) + np.float32(0.25)
        stereo = PitchShift(sample_rate=RATE, channels=2, semitones=-5).process(both)
        np.testing.assert_allclose((stereo[:, :1] - stereo[:, 1:]) / 2, plain, atol=2e-3)

    def test_unshifted_it_is_the_input_after_its_latency(self) -> None:
        shift = PitchShift(sample_rate=RATE, channels=1, semitones=0)
        samples = sine(440)
        late = shift.latency_samples
        np.testing.assert_allclose(shift.process(samples)[late:], samples[:-late], atol=1e-5)


class TestParallel:
    def test_a_blend_keeps_dry_and_wet_in_step(self) -> None:
        shift = PitchShift(sample_rate=RATE, channels=1, semitones=0)
        blended = blend(shift, 0.5, channels=1)
        samples = sine(440)
        late = blended.latency_samples
        assert late == shift.latency_samples
        np.testing.assert_allclose(blended.process(samples)[late:], samples[:-late], atol=1e-5)

    def test_refuses_branches_that_are_out_of_step(self) -> None:
        with pytest.raises(ValueError, match=r"\[0, 3\]"):
            Parallel([(1, Gain()), (1, Wait(3, channels=1))])

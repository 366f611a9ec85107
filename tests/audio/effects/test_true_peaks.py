"""No chain lets a true peak through, by a meter of another make.

The signals are those of docs/reference/effects.md: noise clipped flat, a square, the quarter of the
sample rate at 45 degrees (whose crests lie between the samples), lone impulses, noise with the
tails of a Cauchy distribution, and a recording that is driven into clipping.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audio.effects import CHAINS, apply
from audio.effects.processors.dynamics import Limiter
from audio.effects.processors.true_peaks import TruePeaks
from audio.files import Samples, decode
from tests.audio.effects.true_peak_meter import true_peak_db

RATE = 48_000
LENGTH = 4_000
CEILING_DB = -0.3
ACCURACY_DB = 0.05


def _clipped_noise(random: np.random.Generator) -> Samples:
    return np.clip(random.normal(0, 2, (LENGTH, 2)), -1, 1).astype(np.float32)


def _square(_: np.random.Generator) -> Samples:
    wave = np.sign(np.sin(2 * np.pi * 997 * np.arange(LENGTH) / RATE + 0.1))
    return np.stack([wave, -wave], axis=1).astype(np.float32)


def _quarter_rate(_: np.random.Generator) -> Samples:
    wave = np.sqrt(2) * np.sin(np.pi / 2 * np.arange(LENGTH) + np.pi / 4)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def _impulses(_: np.random.Generator) -> Samples:
    samples = np.zeros((LENGTH, 2), dtype=np.float32)
    samples[100::997, 0], samples[101::997, 0], samples[600::1_999, 1] = 1, 1, -16
    return samples


def _cauchy(random: np.random.Generator) -> Samples:
    return np.clip(random.standard_cauchy((LENGTH, 2)), -16, 16).astype(np.float32)


SIGNALS: dict[str, Callable[[np.random.Generator], Samples]] = {
    "clipped noise": _clipped_noise,
    "square": _square,
    "quarter of the rate": _quarter_rate,
    "impulses": _impulses,
    "cauchy": _cauchy,
}


def through(name: str, rate: int, params: dict[str, float], samples: Samples) -> Samples:
    """What comes out of a chain, to its end: a sound that is cut off has peaks of its own."""
    processor = CHAINS[name].build(rate, 2, params)
    return processor.process(np.pad(samples, ((0, 3 * processor.latency_samples), (0, 0))))


def loudest(name: str) -> dict[str, float]:
    """Drives, gains and resonances at their maximum; echoes so soon that they fall on the sound."""
    soon = ("time_ms", "pre_delay_ms")
    return {
        parameter.name: parameter.minimum if parameter.name in soon else parameter.maximum
        for parameter in CHAINS[name].parameters
    }


class TestEveryChain:
    @pytest.mark.parametrize("signal", SIGNALS)
    @pytest.mark.parametrize("name", CHAINS)
    def test_keeps_true_peaks_under_its_ceiling(self, name: str, signal: str) -> None:
        samples = SIGNALS[signal](np.random.default_rng(2))
        for params in ({}, loudest(name)):
            made = through(name, RATE, params, samples)
            assert true_peak_db(made) <= CEILING_DB + ACCURACY_DB, params
            assert np.abs(made).max() > 0.01, params

    @pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 96_000])
    def test_keeps_them_at_every_sample_rate(self, rate: int) -> None:
        for make in SIGNALS.values():
            made = through("tone", rate, loudest("tone"), make(np.random.default_rng(3)))
            assert true_peak_db(made) <= CEILING_DB + ACCURACY_DB

    def test_keeps_those_of_clipped_recordings(self, recordings: Path) -> None:
        for name in ("music/piano.flac", "crowd/cheer.flac", "loops/loop_garzul.flac"):
            audio = decode(recordings / name, max_seconds=400)
            start = len(audio.samples) // 4
            excerpt = audio.samples[start : start + audio.sample_rate // 2] * np.float32(4)
            for chain in ("tone", "wide-chorus"):
                made = apply(chain, np.clip(excerpt, -1, 1), audio.sample_rate, {})
                assert true_peak_db(made) <= CEILING_DB + ACCURACY_DB, (name, chain)

    def test_the_warm_limiter_keeps_its_own_ceiling(self) -> None:
        samples = _clipped_noise(np.random.default_rng(5))
        made = through("warm-limiter", RATE, {"ceiling_db": -9.0}, samples)
        assert -9.5 <= true_peak_db(made) <= -9 + ACCURACY_DB


class TestLimiter:
    def test_a_limiter_of_samples_alone_would_not_do(self) -> None:
        """The signals are hard: with every sample under the ceiling they reach far above it."""
        samples = _clipped_noise(np.random.default_rng(2)) * np.float32(10 ** (CEILING_DB / 20))
        assert true_peak_db(samples) > CEILING_DB + 3


class TestTruePeaks:
    def test_finds_the_crest_between_two_samples(self) -> None:
        found = TruePeaks(channels=2).process(_quarter_rate(np.random.default_rng(0)))
        assert found[1_000:].max() == pytest.approx(np.sqrt(2), rel=0.002)

    def test_stands_over_the_sample_it_belongs_to(self) -> None:
        meter = TruePeaks(channels=1)
        samples = np.zeros((1_000, 1), dtype=np.float32)
        samples[300] = 0.5
        found = meter.process(samples)
        assert int(found.argmax()) == 300 + meter.latency_samples
        assert found.max() == pytest.approx(0.5, rel=0.001)

    def test_what_it_leaves_out_is_below_the_least(self) -> None:
        samples = _cauchy(np.random.default_rng(8)) / np.float32(16)
        samples[1_000:5_000] *= 0.01
        every, some = (TruePeaks(channels=2, least=least).process(samples) for least in (0.0, 0.25))
        np.testing.assert_allclose(np.maximum(every, 0.25), np.maximum(some, 0.25), rtol=1e-6)
        assert (some < every - 0.001).any()

    def test_agrees_with_a_meter_of_another_make(self) -> None:
        for make in SIGNALS.values():
            samples = make(np.random.default_rng(6))
            whole = TruePeaks(channels=2).process(np.pad(samples, ((0, 100), (0, 0))))
            assert 20 * np.log10(whole.max()) == pytest.approx(true_peak_db(samples), abs=0.25)

    def test_a_limiter_waits_for_it(self) -> None:
        limiter = Limiter(sample_rate=RATE, channels=1, lookahead_ms=1.5)
        assert limiter.latency_samples == 71 + TruePeaks.latency_samples

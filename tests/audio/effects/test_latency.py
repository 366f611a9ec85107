"""The latency that a chain reports is the one that is measured, in step with the sound it makes."""

import numpy as np
import pytest

from audio.effects import CHAINS, apply
from audio.effects.processor import Processor
from audio.effects.processors.biquads import Filter, delay, steep_low_pass
from audio.effects.processors.moving_taps import Chorus
from audio.effects.processors.pitch import PitchShift
from audio.files import Samples

RATE = 16_000
SETTINGS = {  # echoes and reverberations come later on purpose: they are turned off
    "stadium": {"mix": 0.0},
    "echo-throw": {"mix": 0.0},
    "underwater": {"space": 0.0},
    "megaphone": {"slap": 0.0},
    "wide-chorus": {"mix": 1.0},
}


MIDDLE_HZ = {"underwater": 250.0}  # of what the chain lets through
BURST, GAP = RATE // 5, RATE // 10


def bursts(hertz: float, count: int = 40) -> Samples:
    """Tone bursts of 0.2 s, 0.1 s apart: twelve seconds, whole turns of every chorus and sweep."""
    shape = np.tile(np.pad(np.hanning(BURST), (0, GAP)), count)
    tone = np.sin(2 * np.pi * hertz * np.arange(len(shape)) / RATE)
    return (0.01 * shape * tone)[:, np.newaxis].astype(np.float32)


def late_ms(made: Samples, sound: Samples) -> float:
    """Between the centres of gravity of each burst's energy, going out and going in."""
    centres = [
        np.average(np.arange(BURST + GAP), weights=np.square(part[:, 0], dtype=np.float64))
        for samples in (made, sound)
        for part in samples[: len(sound)].reshape(-1, BURST + GAP, 1)
    ]
    went_out, went_in = np.split(np.array(centres), 2)
    return float(1_000 * np.mean(went_out - went_in) / RATE)


class TestEveryChain:
    @pytest.mark.parametrize("name", CHAINS)
    def test_is_as_late_as_it_says(self, name: str) -> None:
        processor = CHAINS[name].build(RATE, 1, SETTINGS.get(name, {}))
        sound = bursts(MIDDLE_HZ.get(name, 1_000))
        measured = late_ms(processor.process(sound), sound)
        assert measured == pytest.approx(1_000 * processor.latency_samples / RATE, abs=0.5)

    @pytest.mark.parametrize("name", CHAINS)
    def test_leaves_a_rendered_clip_where_it_was(self, name: str) -> None:
        sound = bursts(MIDDLE_HZ.get(name, 1_000))
        rendered = apply(name, sound, RATE, SETTINGS.get(name, {}))
        assert late_ms(rendered, sound) == pytest.approx(0, abs=0.5)


class TestProcessors:
    @pytest.mark.parametrize(
        "processor",
        [
            Chorus(sample_rate=RATE, channels=1, rate_hz=0.6, depth_ms=7, voices=2),
            PitchShift(sample_rate=RATE, channels=1, semitones=-12),
            PitchShift(sample_rate=RATE, channels=1, semitones=7),
            PitchShift(sample_rate=RATE, channels=1, semitones=12),
        ],
        ids=["chorus", "octave down", "fifth up", "octave up"],
    )
    def test_are_as_late_as_they_say(self, processor: Processor) -> None:
        sound = bursts(440)
        measured = late_ms(processor.process(sound), sound)
        assert measured == pytest.approx(1_000 * processor.latency_samples / RATE, abs=0.5)

    def test_a_band_is_late_by_the_slope_of_its_phase(self) -> None:
        # A Butterworth low-pass of order four is late by 2.613 / (2 pi corner) well below it.
        sections = steep_low_pass(500, RATE)
        assert delay(sections, 20, RATE) == pytest.approx(
            2.613 / (2 * np.pi * 500) * RATE, rel=0.01
        )
        assert Filter.band(
            sections, channels=1, sample_rate=RATE, middle_hz=20
        ).latency_samples == round(delay(sections, 20, RATE))

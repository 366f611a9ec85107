"""The stems by graphs against those by NumPy: one result, within what the documents promise."""

import itertools
from pathlib import Path

import numpy as np
import onnx
import pytest
import soundfile

from audio import stems
from audio.files import Samples
from audio.stems import STEMS, UnknownStem
from audio.synth.music import song
from modelhub import graphs
from modelhub.builtin import NoGraph, Run, Tensors, separate
from tests.modelhub.graphs.sessions import run, run_model

# docs/reference/effects.md. The root of a share magnifies what rounding leaves of nothing, so the
# vocals of sound that repeats exactly differ most.
MOST_OF_FULL_SCALE = {"harmonic": 1e-5, "percussive": 1e-5, "bass": 1e-5, "vocals": 5e-3}
LEAST_SNR_DB = {"harmonic": 100, "percussive": 100, "bass": 100, "vocals": 60}


def noise(count: int, channels: int) -> Samples:
    random = np.random.default_rng(count)
    return random.normal(0, 0.1, (count, channels)).astype(np.float32)


def music(seconds: float, rate: int) -> Samples:
    return song(np.random.default_rng(7), seconds=seconds, sample_rate=rate)[0]


def assert_same(
    samples: Samples, rate: int, stem: str, *, run: Run = run, at_once: int = 1
) -> None:
    expected = stems.separate(samples, rate, stem)
    found = separate(samples, rate, stem, run=run, at_once=at_once)
    assert found.shape == expected.shape
    assert found.dtype == np.float32
    error = found.astype(np.float64) - expected
    assert np.abs(error).max(initial=0) <= MOST_OF_FULL_SCALE[stem]
    power, lost = np.square(samples, dtype=np.float64).sum(), np.square(error).sum()
    assert power >= lost * 10 ** (LEAST_SNR_DB[stem] / 10)


class TestStems:
    @pytest.mark.parametrize("rate", [2_000, 11_025, 44_100])
    @pytest.mark.parametrize("stem", STEMS)
    def test_of_music_are_those_of_numpy(self, stem: str, rate: int) -> None:
        assert_same(music(2.6, rate), rate, stem)

    @pytest.mark.parametrize("rate", [96_000, 192_000])
    @pytest.mark.parametrize("stem", STEMS)
    def test_of_high_rates_are_those_of_numpy(self, stem: str, rate: int) -> None:
        assert_same(noise(rate // 2, 1), rate, stem)

    @pytest.mark.parametrize("count", [0, 1, 64, 511, 5_000])
    @pytest.mark.parametrize("stem", STEMS)
    def test_of_short_sound_are_those_of_numpy(self, stem: str, count: int) -> None:
        assert_same(noise(count, 2), 8_000, stem)

    @pytest.mark.parametrize("channels", [1, 3, 6])
    @pytest.mark.parametrize("stem", STEMS)
    def test_of_any_number_of_channels(self, stem: str, channels: int) -> None:
        assert_same(noise(24_000, channels), 8_000, stem)

    @pytest.mark.parametrize("stem", STEMS)
    def test_across_the_borders_of_chunks(self, stem: str) -> None:
        assert_same(music(41, 4_000), 4_000, stem)

    @pytest.mark.parametrize("stem", STEMS)
    def test_of_several_blocks_at_once(self, stem: str) -> None:
        assert_same(music(19, 4_000), 4_000, stem, at_once=3)

    @pytest.mark.parametrize("seconds", [0.9, 1.6, 4.4, 8.6, 16.1, 28.9])
    def test_vocals_compare_any_number_of_stretches(self, seconds: float) -> None:
        assert_same(noise(round(seconds * 2_000), 2), 2_000, "vocals")

    @pytest.mark.parametrize("stem", STEMS)
    def test_of_silence_are_silence(self, stem: str) -> None:
        silence = np.zeros((20_000, 2), dtype=np.float32)
        assert not separate(silence, 8_000, stem, run=run).any()

    @pytest.mark.parametrize("stem", STEMS)
    def test_of_a_sound_in_silence_hold_no_nan(self, stem: str) -> None:
        hit = np.zeros((20_000, 2), dtype=np.float32)
        hit[10_000] = 1
        assert_same(hit, 8_000, stem)

    def test_of_an_inverted_side_are_those_of_numpy(self) -> None:
        samples = music(2.6, 8_000)
        samples[:, 1] = -samples[:, 0]
        assert_same(samples, 8_000, "vocals")

    @pytest.mark.parametrize("stem", STEMS)
    def test_of_real_music_are_those_of_numpy(self, stem: str, recordings: Path) -> None:
        for name in ("music/cinematic.flac", "crowd/applause.flac"):
            samples, rate = soundfile.read(
                recordings / name, frames=88_200, dtype="float32", always_2d=True
            )
            assert_same(samples, rate, stem)


class TestLongSound:
    def test_is_run_in_blocks_that_do_not_grow(self) -> None:
        seen: list[int] = []

        def look(name: str, inputs: Tensors) -> Tensors:
            seen.append(inputs["hops"].size)
            return run(name, inputs)

        separate(noise(2_000 * 60, 1), 2_000, "percussive", run=look)
        assert len(seen) > 10
        assert len(set(seen)) == 1

    def test_tells_its_progress_and_stops_when_told(self) -> None:
        class Stopped(Exception):
            """What a cancelled job raises."""

        told: list[float] = []

        def note(done: float) -> None:
            told.append(done)
            if len(told) == 2:
                raise Stopped

        with pytest.raises(Stopped):
            separate(noise(2_000 * 90, 1), 2_000, "bass", run=run, progress=note)
        assert all(one < other for one, other in itertools.pairwise([0.0, *told, 1.0]))


class TestRefusals:
    def test_are_those_of_numpy(self) -> None:
        with pytest.raises(UnknownStem):
            separate(noise(10, 1), 8_000, "drums", run=run)
        with pytest.raises(ValueError, match="shape"):
            separate(noise(10, 1)[:, 0], 8_000, "bass", run=run)

    def test_name_a_rate_that_no_graph_was_made_for(self) -> None:
        with pytest.raises(NoGraph, match="1900 Hz") as refused:
            separate(noise(10, 1), 1_900, "percussive", run=run)
        assert refused.value.sample_rate == 1_900


class TestABrokenGraph:
    @pytest.mark.parametrize(("kind", "wrong"), [("Min", "Max"), ("Max", "Min"), ("Add", "Sub")])
    def test_does_not_pass_the_comparison_of_every_test_above(self, kind: str, wrong: str) -> None:
        """The last operation of a kind turned into another: one rank or one overlap is wrong."""

        def broken(name: str, inputs: Tensors) -> Tensors:
            model = onnx.load(graphs.path(name))
            [*_, last] = (node for node in model.graph.node if node.op_type == kind)
            last.op_type = wrong
            return run_model(model, inputs)

        with pytest.raises(AssertionError):
            assert_same(music(2.6, 8_000), 8_000, "percussive", run=broken)

"""What must not move the timeline does not: gain, polarity, channel order, offset, a second side.

Silences alone depend on the gain, by their definition.
"""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from audio.channels import downmix, polarity
from audio.files import resample
from audio.synth.music import song
from audio.timeline import Timeline, analyse
from audio.timeline.onsets import detect, pick
from audio.timeline.silences import find
from audio.timeline.spectrum import RATE, log_mel

Samples = NDArray[np.float32]
GAIN = np.float32(10 ** (12 / 20))


@pytest.fixture(scope="module")
def stereo() -> Samples:
    left, _ = song(np.random.default_rng(3), seconds=12.0, sample_rate=RATE, silence=(7.0, 1.5))
    return left[:, :2] * np.float32(0.2)


@pytest.fixture(scope="module")
def plain(stereo: Samples) -> Timeline:
    return analyse(stereo, RATE)


CHANGES: dict[str, Callable[[Samples], Samples]] = {
    "louder": lambda x: x * GAIN,
    "softer": lambda x: x / GAIN,
    "inverted": lambda x: -x,
    "one side inverted": lambda x: x * np.array([1, -1], dtype=np.float32),
    "sides swapped": lambda x: x[:, ::-1],
    "offset": lambda x: x + np.array([0.1, -0.05], dtype=np.float32),
}


def same(one: Timeline, other: Timeline) -> None:
    assert one.tempo.bpm == pytest.approx(other.tempo.bpm, rel=1e-3)
    assert len(one.beats) == len(other.beats)
    np.testing.assert_allclose(
        [beat.time for beat in one.beats], [beat.time for beat in other.beats], atol=0.005
    )
    assert [s.label for s in one.sections] == [s.label for s in other.sections]
    assert one.key is not None
    assert other.key is not None
    assert (one.key.tonic, one.key.mode) == (other.key.tonic, other.key.mode)


class TestTimeline:
    @pytest.mark.parametrize("change", CHANGES)
    def test_does_not_depend_on(self, change: str, stereo: Samples, plain: Timeline) -> None:
        changed = analyse(CHANGES[change](stereo), RATE)
        same(changed, plain)
        gain_db = {"louder": 12, "softer": -12}.get(change, 0)
        assert changed.loudness.integrated_lufs == pytest.approx(
            (plain.loudness.integrated_lufs or 0) + gain_db, abs=0.05
        )
        if not gain_db:
            assert changed.silences == plain.silences
            np.testing.assert_allclose(changed.arousal.values, plain.arousal.values, atol=0.01)

    def test_of_two_opposite_sides_is_that_of_one(self, stereo: Samples) -> None:
        one = stereo[:, :1]
        alone = analyse(one, RATE)
        assert alone.beats
        same(analyse(np.concatenate([one, -one], axis=1), RATE), alone)
        same(analyse(np.repeat(one, 2, axis=1), RATE), alone)
        same(analyse(np.concatenate([one, 0 * one], axis=1), RATE), alone)

    def test_moves_with_the_silence_before_it(self, stereo: Samples, plain: Timeline) -> None:
        later = analyse(np.pad(stereo, ((2 * RATE, 3 * RATE), (0, 0))), RATE)
        assert later.tempo.bpm == pytest.approx(plain.tempo.bpm, rel=0.005)
        assert later.loudness.integrated_lufs == pytest.approx(
            plain.loudness.integrated_lufs, abs=0.3
        )
        assert later.silences[0].end == pytest.approx(2.0, abs=0.1)

    def test_hears_nothing_in_a_constant_offset(self) -> None:
        found = analyse(np.full((4 * RATE, 2), 0.25, dtype=np.float32), RATE)
        assert [(silence.start, silence.end) for silence in found.silences] == [(0.0, 4.0)]
        assert found.loudness.integrated_lufs is None
        assert not found.onset_strength.values.any()


class TestSilences:
    def test_need_every_channel_to_be_silent(self) -> None:
        noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
        nothing = np.zeros_like(noise)
        assert find(np.stack([nothing, noise], axis=1), RATE) == []
        assert find(np.stack([noise, -noise], axis=1), RATE) == []

    def test_are_not_where_a_side_turns(self) -> None:
        noise = np.random.default_rng(2).normal(0, 0.1, (8 * RATE, 1)).astype(np.float32)
        turned = np.concatenate([noise, noise], axis=1)
        turned[5 * RATE :, 1] *= -1
        assert not analyse(turned, RATE).silences

    def test_are_whole_wherever_they_lie_in_a_long_sound(self) -> None:
        sound = np.random.default_rng(3).normal(0, 0.1, (32 * RATE, 2)).astype(np.float32)
        for start, stop in ((9.7, 10.6), (19.0, 20.0), (31.2, 32.0)):
            sound[round(start * RATE) : round(stop * RATE)] = 0
        found = [(round(start, 2), round(stop, 2)) for start, stop in find(sound, RATE)]
        assert found == [(9.7, 10.6), (19.0, 20.0), (31.2, 32.0)]

    def test_of_a_long_sound_copy_no_more_than_a_part_of_it(self) -> None:
        sound = np.zeros((120 * RATE, 2), dtype=np.float32)
        tracemalloc.start()
        find(sound, RATE)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < sound.nbytes / 2

    @pytest.mark.parametrize("hertz", [30, 50, 100])
    def test_are_not_found_in_a_deep_tone(self, hertz: float) -> None:
        tone = np.sqrt(2) * 10 ** (-54 / 20) * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)
        assert find(tone.astype(np.float32), RATE) == []


class TestDownmix:
    def test_loses_nothing_to_an_inverted_side(self) -> None:
        noise = np.random.default_rng(1).normal(0, 0.1, (1_000, 1)).astype(np.float32)
        both = np.concatenate([noise, -noise], axis=1)
        np.testing.assert_allclose(downmix(both), noise[:, 0], rtol=1e-6)
        assert polarity(both + np.float32(0.5)).tolist() == [1, -1]
        np.testing.assert_array_equal(downmix(noise[:, 0]), noise[:, 0])

    def test_of_channels_that_agree_is_their_plain_mean(self, stereo: Samples) -> None:
        sides = stereo * np.array([1, 0.3], dtype=np.float32)
        expected = sides.mean(axis=1)
        np.testing.assert_allclose(downmix(sides), expected, atol=1e-7)
        turned = downmix(sides * np.array([-1, 1], dtype=np.float32))
        np.testing.assert_allclose(-turned, expected, atol=1e-7)

    def test_goes_by_the_whole_of_a_long_sound(self) -> None:
        noise = np.random.default_rng(4).normal(0, 0.1, (200_000, 1)).astype(np.float32)
        sides = np.concatenate([noise, noise / 2], axis=1)
        sides[70_000:, 1] *= -1
        assert polarity(sides).tolist() == [1, -1]
        assert polarity(sides[:130_000]).tolist() == [1, 1]


def metronome(
    bpm: float, hiss_dbfs: float | None, seconds: float = 16.0
) -> tuple[Samples, Samples]:
    """Clicks of 30 ms at 880 Hz between digital zeros, or in hiss; and when they begin."""
    sound = np.zeros(int(seconds * RATE))
    times = np.arange(0.25, seconds - 0.1, 60 / bpm)
    click = 0.5 * np.sin(2 * np.pi * 880 * np.arange(round(0.03 * RATE)) / RATE)
    for time in times:
        start = round(time * RATE)
        sound[start : start + len(click)] += click
    if hiss_dbfs is not None:
        sound += 10 ** (hiss_dbfs / 20) * np.random.default_rng(0).standard_normal(len(sound))
    return sound.astype(np.float32)[:, np.newaxis], times.astype(np.float32)


class TestMetronome:
    @pytest.mark.parametrize("hiss_dbfs", [None, -70.0, -50.0])
    @pytest.mark.parametrize("bpm", [40, 52, 60, 80, 97.3, 100, 120, 176, 208, 240])
    def test_beats_at_its_own_tempo(self, bpm: float, hiss_dbfs: float | None) -> None:
        sound, times = metronome(bpm, hiss_dbfs)
        found = analyse(sound, RATE)
        assert found.tempo.bpm == pytest.approx(bpm, rel=0.002)
        assert len(found.beats) == len(times)
        late = np.array([beat.time for beat in found.beats]) - times
        assert np.abs(late).max() < 0.015
        assert found.tempo.confidence > 0.7
        offered = {round(other.factor, 2) for other in found.tempo.alternatives}
        assert offered == {0.5, 2.0}

    @pytest.mark.parametrize("bpm", [60, 100, 137])
    def test_onsets_are_its_clicks(self, bpm: float) -> None:
        sound, times = metronome(bpm, None)
        assert len(pick(detect(log_mel(sound[:, 0])))) == len(times)

    @pytest.mark.parametrize(
        ("name", "count"),
        [("broadcast_rf64.wav", 7), ("garage.caf", 7), ("logic.aiff", 7), ("opus_named.mp3", 23)],
    )
    def test_onsets_of_a_real_file_are_its_clicks(
        self, name: str, count: int, recordings: Path
    ) -> None:
        path = recordings.parent / "encodings" / name
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
        assert len(pick(detect(log_mel(resample(downmix(sound), rate, RATE))))) == count

    def test_of_two_clicks_is_none(self) -> None:
        sound, _ = metronome(20, None, seconds=5.0)
        assert analyse(sound, RATE).tempo.confidence < 0.2

"""Real models end to end: from sound to speech and to notes, as registered models run."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.files import decode
from modelhub.contracts import CONTRACTS, Graph, Outcome, check, declared
from modelhub.runtimes.devices import PROCESSOR
from modelhub.runtimes.sessions import open_session
from tests.modelhub import real

Sound = NDArray[np.float32]


def outcome(contract: str, model: Path, body: object, sound: Sound, rate: float) -> Outcome:
    session = open_session(model, PROCESSOR, machine="here", threads=1)
    declaration = declared(body)
    check(contract, Graph(session.inputs, session.outputs), declaration)
    return CONTRACTS[contract].outcome(session, sound, rate, declaration)


def speech(sound: Sound, rate: float) -> Outcome:
    return outcome("audio_tagger", real.path(real.SPEECH), real.SPEECH_DECLARED, sound, rate)


def heard(recordings: Path, name: str, seconds: int) -> tuple[Sound, int]:
    audio = decode(recordings / name, max_seconds=3600)
    return audio.samples[: seconds * audio.sample_rate], audio.sample_rate


def struck(midi: int, seconds: float, rate: int = 22050) -> Sound:
    """A string: harmonics that fade."""
    at = np.arange(int(seconds * rate)) / rate
    hertz = 440 * 2 ** ((midi - 69) / 12)
    partials = [np.sin(2 * np.pi * hertz * n * at) / n for n in range(1, 6)]
    tone: Sound = (0.3 * np.sum(partials, axis=0) * np.exp(-2 * at)).astype(np.float32)
    return tone


class TestSpeech:
    def test_is_heard_where_somebody_reads(self, recordings: Path) -> None:
        found = speech(*heard(recordings, "speech/libri_anders_lankford.ogg", 10))
        assert found.summary["labels"][0]["mean"] > 0.7
        assert found.arrays["scores"].shape == (found.summary["windows"], 1)

    @pytest.mark.parametrize("name", ["negatives/rain.flac", "negatives/typing.flac"])
    def test_is_not_heard_in_noise(self, recordings: Path, name: str) -> None:
        found = speech(*heard(recordings, name, 5))
        assert found.summary["labels"][0]["mean"] < 0.1

    def test_is_remembered_from_window_to_window(self, recordings: Path) -> None:
        """The model's memory goes on: the same windows alone are scored otherwise."""
        sound, rate = heard(recordings, "speech/libri_anders_lankford.ogg", 3)
        whole = speech(sound, rate).arrays["scores"][:, 0]
        later = speech(sound[rate:], rate).arrays["scores"][:, 0]
        assert np.abs(whole[-len(later) :] - later).max() > 0.01

    def test_is_told_with_its_times(self, recordings: Path) -> None:
        sound, rate = heard(recordings, "speech/libri_anders_lankford.ogg", 4)
        silence = np.zeros((2 * rate, sound.shape[1]), np.float32)
        found = speech(np.concatenate([silence, sound, silence]), rate).summary["segments"]
        assert 1.9 < found[0]["start_s"] < 3.5
        assert 5.0 < found[-1]["end_s"] < 6.5


class TestNotes:
    TUNE = (60, 64, 67, 72)

    def test_are_those_that_were_struck(self) -> None:
        tune = np.concatenate([struck(midi, 1.0) for midi in self.TUNE])
        found = outcome("pitch", real.path(real.NOTES), real.NOTES_DECLARED, tune, 22050)
        told = {(each["midi"], round(each["start_s"])) for each in found.summary["notes"]}
        assert told >= {(midi, second) for second, midi in enumerate(self.TUNE)}
        assert found.arrays["note"].shape == (-(-len(tune) // 256), 88)

    def test_lie_at_the_same_time_wherever_a_window_begins(self) -> None:
        tune = np.concatenate([np.zeros(36352 - 5000, np.float32), struck(69, 1.5)])
        found = outcome("pitch", real.path(real.NOTES), real.NOTES_DECLARED, tune, 22050)
        [first, *_] = [each for each in found.summary["notes"] if each["midi"] == 69]
        assert abs(first["start_s"] - (36352 - 5000) / 22050) < 0.05
        assert first["end_s"] - first["start_s"] > 0.7  # not broken where the next one begins

    def test_of_a_piano_are_a_pianos(self, recordings: Path) -> None:
        sound, rate = heard(recordings, "music/piano.flac", 8)
        found = outcome("pitch", real.path(real.NOTES), real.NOTES_DECLARED, sound, rate)
        assert 5 < len(found.summary["notes"]) < 200
        assert all(21 <= each["midi"] <= 108 for each in found.summary["notes"])

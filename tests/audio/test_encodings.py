"""Files as people have them, from recorders, phones, browsers and studios: how long they last.

What is true of them was found by other means: packets counted, tables read, FFmpeg asked.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from audio.files import Audio, decode, probe
from audio.timeline import analyse
from tests.programs import package

LENGTHS = {
    "broadcast_rf64.wav": 4.0,
    "browser.webm": 12.0,
    "chained.ogg": 24.0,
    "flac_12bit.flac": 218_666 / 44_100,
    "flac_20bit.flac": 767_637 / 96_000,
    "flac_no_total_samples.flac": 336_410 / 48_000,
    "garage.caf": 4.0,
    "logic.aiff": 4.0,
    "opus_named.mp3": 12.0,
    "phone.m4a": 12.0,
    "tagged_full.aiff": 1.0,
    "tagged_full.alac.m4a": 1.0,
    "tagged_full.m4a": 1.0,
    "tagged_full.opus": 1.0,
    "vbr.mp3": 12.0,
}
CLICKS = {
    "broadcast_rf64.wav": 7,
    "garage.caf": 7,
    "logic.aiff": 7,
    "browser.webm": 23,
    "opus_named.mp3": 23,
    "phone.m4a": 23,
    "vbr.mp3": 23,
    "chained.ogg": 46,
}


def needs_extra(name: str) -> None:
    if name.endswith(".m4a"):
        package("av", "aac")


@pytest.fixture(scope="module")
def misnamed(encodings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files as WAV by their names: contents decide, never a name."""
    folder = tmp_path_factory.mktemp("misnamed")
    for path in encodings.iterdir():
        (folder / f"{path.name}.wav").symlink_to(path)
    return folder


@cache
def heard(folder: Path, name: str) -> Audio:
    return decode(folder / f"{name}.wav", max_seconds=30)


class TestAFileOfTheField:
    def test_is_known_here(self, encodings: Path) -> None:
        assert {path.name for path in encodings.iterdir()} == set(LENGTHS)

    @pytest.mark.parametrize("name", LENGTHS)
    def test_lasts_as_long_as_it_does(self, name: str, misnamed: Path) -> None:
        needs_extra(name)
        with (misnamed / f"{name}.wav").open("rb") as file:
            assert probe(file, max_seconds=30).duration == pytest.approx(LENGTHS[name], abs=0.05)
        assert heard(misnamed, name).duration == pytest.approx(LENGTHS[name], abs=0.05)

    @pytest.mark.parametrize("name", CLICKS)
    def test_clicks_every_half_second_to_its_end(self, name: str, misnamed: Path) -> None:
        needs_extra(name)
        audio = heard(misnamed, name)
        curve = analyse(audio.samples, audio.sample_rate).to_json()["onset_strength"]
        strength = np.array(curve["values"])
        middle = strength[1:-1]
        peaks = (middle > 0.5) & (middle > strength[:-2]) & (middle >= strength[2:])
        times = (np.flatnonzero(peaks) + 1) / curve["rate"]
        # The chain's second song begins in silence, as the first one does.
        expected = [beat / 2 for beat in range(1, round(2 * audio.duration)) if beat != 24]
        assert len(times) == CLICKS[name]
        np.testing.assert_allclose(times, expected, atol=0.04)

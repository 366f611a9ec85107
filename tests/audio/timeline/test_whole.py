"""The timeline as a whole: valid for any sound, plain as JSON, the same every time."""

import json
import tracemalloc
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.synth.music import song
from audio.timeline import SCHEMA, analyse

RATE = 44_100


def document(samples: NDArray[Any], rate: int = RATE) -> dict[str, Any]:
    """The JSON document, through the strictest serialiser: NaN and infinity raise."""
    timeline = analyse(samples.astype(np.float32), rate)
    read: dict[str, Any] = json.loads(json.dumps(timeline.to_json(), allow_nan=False))
    return read


class TestAnalyse:
    @pytest.mark.parametrize(
        "samples",
        [
            np.zeros(0),
            np.zeros((0, 2)),
            np.ones(1),
            np.zeros(RATE * 4),
            np.zeros((RATE * 4, 2)),
            np.full(RATE, np.nan),
            np.full(RATE * 3, np.inf),
            np.sin(np.arange(int(1.9 * RATE)) / 20),
        ],
        ids=["empty", "empty stereo", "one", "silent", "stereo", "nan", "inf", "short"],
    )
    def test_finds_no_beats_where_there_are_none(self, samples: NDArray[Any]) -> None:
        found = document(samples)
        assert found["beats"] == found["downbeats"] == []
        assert found["tempo"] == {"bpm": None, "confidence": 0.0, "alternatives": []}
        assert found["beats_per_bar"] == {"value": None, "confidence": 0.0}
        assert found["duration"] == pytest.approx(len(samples) / RATE, abs=1e-4)

    @pytest.mark.parametrize(
        "samples",
        [
            np.random.default_rng(0).standard_normal(RATE * 3),
            np.ones(RATE * 3),
            np.concatenate([np.zeros(RATE * 2), np.ones(1), np.zeros(RATE * 2)]),
            np.random.default_rng(1).standard_normal((RATE * 3, 6)) * 50,
        ],
        ids=["noise", "direct current", "one click", "six loud channels"],
    )
    def test_gives_a_valid_document_for_odd_sounds(self, samples: NDArray[Any]) -> None:
        found = document(samples)
        assert 0 <= found["tempo"]["confidence"] < 0.5
        assert all(0 <= value <= 1 for value in found["arousal"]["values"])
        assert all(0 <= value <= 1 for value in found["onset_strength"]["values"])

    def test_says_null_for_the_loudness_of_silence(self) -> None:
        found = document(np.zeros(RATE * 4))
        assert found["loudness"]["integrated_lufs"] is None
        assert found["silences"] == [{"start": 0.0, "end": 4.0}]
        assert found["sections"][0]["loudness_lufs"] is None
        assert set(found["loudness"]["momentary_lufs"]) == {-70.0}

    def test_reports_its_progress_upwards_to_one(self) -> None:
        shares: list[float] = []
        analyse(np.zeros(RATE, dtype=np.float32), RATE, progress=shares.append)
        assert shares == sorted(shares)
        assert shares[0] > 0
        assert shares[-1] == 1.0


SECONDS = 20


@pytest.fixture(scope="module")
def piece() -> NDArray[np.float32]:
    return song(np.random.default_rng(0), seconds=SECONDS)[0]


@pytest.fixture(scope="module")
def found(piece: NDArray[np.float32]) -> dict[str, Any]:
    return document(piece)


@pytest.fixture(scope="module")
def again(piece: NDArray[np.float32]) -> tuple[dict[str, Any], int]:
    """The same piece once more, and the most memory in bytes that it took."""
    tracemalloc.start()
    try:
        return document(piece), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class TestOnePiece:
    def test_gives_the_same_document_every_time(
        self, found: dict[str, Any], again: tuple[dict[str, Any], int]
    ) -> None:
        assert again[0] == found

    def test_takes_no_more_memory_than_five_copies_of_it(
        self, piece: NDArray[np.float32], again: tuple[dict[str, Any], int]
    ) -> None:
        assert again[1] < 5 * piece.nbytes


class TestDocument:
    def test_names_its_schema(self, found: dict[str, Any]) -> None:
        assert found["schema"] == SCHEMA == "tifo.timeline/1"

    def test_has_curves_as_long_as_the_sound(self, found: dict[str, Any]) -> None:
        assert len(found["loudness"]["momentary_lufs"]) == SECONDS * found["loudness"]["rate"]
        assert len(found["loudness"]["short_term_lufs"]) == SECONDS * found["loudness"]["rate"]
        assert len(found["onset_strength"]["values"]) == SECONDS * found["onset_strength"]["rate"]
        assert len(found["arousal"]["values"]) == SECONDS * found["arousal"]["rate"]

    def test_has_beats_in_order_within_the_sound(self, found: dict[str, Any]) -> None:
        times = [beat["time"] for beat in found["beats"]]
        assert times == sorted(set(times))
        assert 0 <= times[0] < times[-1] <= found["duration"]
        assert all(0 <= beat["confidence"] <= 1 for beat in found["beats"])

    def test_has_onsets_where_the_beats_are(self, found: dict[str, Any]) -> None:
        onsets = np.array(found["onset_strength"]["values"])
        at = np.round(np.array([beat["time"] for beat in found["beats"]]) * 50).astype(int)
        on = np.mean([onsets[max(i - 2, 0) : i + 3].max() for i in at])
        assert on > 2 * onsets.mean()

    def test_stays_small(self, found: dict[str, Any]) -> None:
        assert len(json.dumps(found)) < 20_000  # a kilobyte a second

"""What each contract gives, of models made by hand."""

from typing import Any

import numpy as np
import pytest

from modelhub.contracts import (
    ContractBroken,
    Outcome,
    State,
    audio_tagger,
    embedding,
    separator,
)
from modelhub.runtimes.tensors import Array, Port
from tests.modelhub.contracts.models import HandMade, declaration, floats, ramp

BOTH = {"labels": ("loud", "quiet")}


def peaks(x: Array) -> dict[str, Array]:
    """The largest sample of each window, and what is missing to 1."""
    peak = x.max(axis=-1)
    return {"y": np.stack([peak, 1 - peak], axis=-1).astype(np.float32)}


def tagger(*shape: int | str | None) -> HandMade:
    return HandMade((floats("x", *shape),), (floats("y", "n", 2),), peaks)


class TestTagger:
    SOUND = np.array([0.9, 0, 0, 0, 0.2, 0, 0, 0, 0.7, 0.8], np.float32)

    def outcome(self, model: HandMade, **given: Any) -> Outcome:
        return audio_tagger.outcome(model, self.SOUND, 1000, declaration(**BOTH | given))

    @pytest.mark.parametrize("shape", [("n", 4), (1, 4), (2, 4), (3, 4), (8, 4)])
    def test_scores_every_window_whatever_the_batch(self, shape: tuple[int | str, int]) -> None:
        scores = self.outcome(tagger(*shape)).arrays["scores"]
        np.testing.assert_allclose(scores[:, 0], [0.9, 0.2, 0.8], atol=1e-6)
        assert scores.shape == (3, 2)

    def test_batches_as_declared(self) -> None:
        model = tagger("n", 4)
        self.outcome(model, batch=2)
        assert [len(call["x"]) for call in model.calls] == [2, 1]

    @pytest.mark.parametrize(
        ("shape", "expected"), [((None,), (4,)), (("n", 1, 4), (3, 1, 4)), (("n", 4, 1), (3, 4, 1))]
    )
    def test_arranges_samples_as_the_model_has_them(
        self, shape: tuple[Any, ...], expected: tuple[int, ...]
    ) -> None:
        given: list[Array] = []

        def look(x: Array) -> dict[str, Array]:
            given.append(x)
            return peaks(x.reshape(-1, 4)[:, :] if x.ndim > 1 else x)

        self.outcome(HandMade((floats("x", *shape),), (floats("y", None, None),), look))
        assert given[0].shape == expected
        assert given[0].ravel()[:4].tolist() == self.SOUND[:4].tolist()

    def test_tells_when_each_label_is_heard(self) -> None:
        summary = self.outcome(tagger("n", 4), threshold=0.75).summary
        assert summary["segments"] == [
            {"label": "loud", "start_s": 0.0, "end_s": 0.004, "peak": 0.9},
            {"label": "loud", "start_s": 0.008, "end_s": 0.01, "peak": 0.8},
            {"label": "quiet", "start_s": 0.004, "end_s": 0.008, "peak": 0.8},
        ]
        assert summary["labels"][0] == {"label": "loud", "mean": 0.633333, "peak": 0.9}

    def test_joins_neighbouring_windows(self) -> None:
        [segment] = self.outcome(tagger("n", 4), threshold=0.1, labels=("loud", "b")).summary[
            "segments"
        ][:1]
        assert segment == {"label": "loud", "start_s": 0.0, "end_s": 0.01, "peak": 0.9}

    @pytest.mark.parametrize(
        ("activation", "row", "expected"),
        [
            ("none", [3, -1], [3, -1]),
            ("sigmoid", [0, np.log(3)], [0.5, 0.75]),
            ("sigmoid", [-1e30, 1e30], [0, 1]),
            ("softmax", [np.log(1), np.log(3)], [0.25, 0.75]),
            ("softmax", [1e30, 0], [1, 0]),
        ],
    )
    def test_makes_shares_of_scores(self, activation: Any, row: Any, expected: Any) -> None:
        made = audio_tagger.activated(np.array([row], np.float32), activation)
        np.testing.assert_allclose(made, [expected], atol=1e-6)

    def test_averages_the_frames_of_a_window(self) -> None:
        def frames(x: Array) -> dict[str, Array]:
            return {"y": np.stack([x, 1 - x], axis=-1).astype(np.float32)}

        model = HandMade((floats("x", "n", 4),), (floats("y", "n", 4, 2),), frames)
        np.testing.assert_allclose(
            self.outcome(model).arrays["scores"][:, 0], [0.225, 0.05, 0.375], atol=1e-6
        )

    def test_says_how_far_it_is(self) -> None:
        told: list[float] = []
        audio_tagger.outcome(tagger(1, 4), self.SOUND, 1000, declaration(**BOTH), told.append)
        assert told == [0, 1 / 3, 2 / 3, 1]

    def test_hears_silence_as_one_window(self) -> None:
        nothing = np.zeros(0, np.float32)
        made = audio_tagger.outcome(tagger("n", 4), nothing, 1000, declaration(**BOTH))
        assert made.arrays["scores"].tolist() == [[0, 1]]


class TestStates:
    DECLARED = declaration(
        labels=("sum",),
        states=(State("h", "hn", (1, 2)),),
        constants={"sr": 8, "gain": 0.5},
        outputs={"scores": "y"},
    )

    def model(self, answer: Any) -> HandMade:
        inputs = floats("x", "n", 4), floats("h", 1, None), Port("sr", "int64", (1,))
        return HandMade(
            (*inputs, floats("gain")), (floats("y", "n", 1), floats("hn", 1, 2)), answer
        )

    def test_go_from_window_to_window_and_constants_into_each(self) -> None:
        def add(x: Array, h: Array, sr: Array, gain: Array) -> dict[str, Array]:
            total = h + x.sum() * gain
            assert (str(sr.dtype), sr.tolist()) == ("int64", [8])
            assert gain.shape == ()
            return {"y": total[:, :1], "hn": total.astype(np.float32)}

        made = self.outcome(self.model(add))
        assert made.arrays["scores"].tolist() == [[5.0], [18.0], [22.5]]

    def test_that_change_their_shape_are_a_broken_contract(self) -> None:
        def widen(**given: Array) -> dict[str, Array]:
            return {"y": np.ones((1, 1), np.float32), "hn": np.ones((1, 3), np.float32)}

        with pytest.raises(ContractBroken) as refused:
            self.outcome(self.model(widen))
        assert refused.value.facts == {"output": "hn"}

    def outcome(self, model: HandMade) -> Outcome:
        return audio_tagger.outcome(model, ramp(9), 1000, self.DECLARED)


class TestABrokenContract:
    @pytest.mark.parametrize(
        "answer",
        [
            np.zeros((2, 2)),
            np.zeros((3, 3)),
            np.zeros(3),
            np.full((3, 2), np.nan),
            np.full((3, 2), np.inf),
            np.zeros((3, 0, 0, 2)),
        ],
    )
    def test_is_told_with_the_output(self, answer: Array) -> None:
        model = HandMade(
            (floats("x", "n", 4),), (floats("y", None, None),), lambda x: {"y": answer}
        )
        with pytest.raises(ContractBroken) as refused:
            audio_tagger.outcome(model, ramp(12), 1000, declaration(**BOTH))
        assert refused.value.facts == {"output": "y"}


class TestSeparator:
    def halves(self, x: Array) -> dict[str, Array]:
        return {"s": np.stack([x * 0.25, x * 0.75], axis=1)}

    @pytest.mark.parametrize("hop", [1, 2, 3, 4])
    def test_gives_stems_as_long_as_the_sound(self, hop: int) -> None:
        model = HandMade((floats("x", "n", 4),), (floats("s", "n", 2, 4),), self.halves)
        sound = np.sin(ramp(11)).astype(np.float32)
        made = separator.outcome(model, sound, 1000, declaration(**BOTH, hop=hop))
        np.testing.assert_allclose(made.arrays["stems"], [sound * 0.25, sound * 0.75], atol=1e-6)

    def test_tells_levels(self) -> None:
        model = HandMade((floats("x", "n", 4),), (floats("s", "n", 2, 4),), self.halves)
        made = separator.outcome(model, np.ones(8, np.float32), 1000, declaration(**BOTH))
        assert made.summary["stems"] == [
            {"label": "loud", "rms_db": -12.04},
            {"label": "quiet", "rms_db": -2.5},
        ]

    def test_takes_an_axis_of_one_channel(self) -> None:
        def channelled(x: Array) -> dict[str, Array]:
            return {"s": self.halves(x)["s"][:, :, None]}

        model = HandMade((floats("x", "n", 4),), (floats("s", "n", 2, 1, 4),), channelled)
        made = separator.outcome(model, ramp(6), 1000, declaration(**BOTH))
        assert made.arrays["stems"].shape == (2, 6)

    def test_of_another_length_is_a_broken_contract(self) -> None:
        model = HandMade(
            (floats("x", "n", 4),),
            (floats("s", "n", 2, None),),
            lambda x: {"s": np.zeros((len(x), 2, 3), np.float32)},
        )
        with pytest.raises(ContractBroken):
            separator.outcome(model, ramp(6), 1000, declaration(**BOTH))


class TestEmbedding:
    def test_gives_each_window_its_vector_and_the_whole_its_direction(self) -> None:
        model = HandMade(
            (floats("x", "n", 4),), (floats("e", "n", 2),), lambda x: {"e": x[:, :2].copy()}
        )
        sound = np.array([3, 0, 0, 0, 0, 4, 0, 0], np.float32)
        made = embedding.outcome(model, sound, 1000, declaration())
        assert made.arrays["embeddings"].tolist() == [[3, 0], [0, 4]]
        np.testing.assert_allclose(made.arrays["whole"], [0.5**0.5, 0.5**0.5], atol=1e-6)
        assert made.summary == {"windows": 2, "size": 2}
        assert made.arrays["ends_s"].tolist() == [0.004, 0.008]

    def test_has_no_direction_where_vectors_cancel_out(self) -> None:
        vectors = np.array([[1, 0], [-1, 0], [0, 0]], np.float32)
        assert embedding.direction(vectors).tolist() == [0, 0]

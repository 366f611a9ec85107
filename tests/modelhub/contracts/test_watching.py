"""A model that is watched answers as it would alone, and every window is counted once."""

import numpy as np
import pytest

from modelhub.contracts import CONTRACTS
from modelhub.contracts.watching import ROLES, Watched
from modelhub.runtimes.tensors import Array, Dimension
from tests.modelhub.contracts.models import HandMade, declaration, floats, ramp

DECLARED = declaration(labels=("a", "b"), batch=4)


def scorer(*shape: Dimension) -> HandMade:
    """Two scores for each window: its first sample, and twice that."""

    def answer(sound: Array) -> dict[str, Array]:
        first = sound.reshape(-1, sound.shape[-1])[:, :1]
        scores = np.concatenate([first, 2 * first], axis=1).astype(np.float32)
        return {"scores": scores if sound.ndim > 1 else scores[0]}

    out = floats("scores", *shape[:-1], 2)
    return HandMade((floats("sound", *shape),), (out,), answer)


@pytest.mark.parametrize("shape", [("batch", 4), (4, 4), (4,)], ids=["open", "fixed", "none"])
def test_each_window_is_counted_once(shape: tuple[Dimension, ...]) -> None:
    sound = (ramp(26) / 26).astype(np.float32)  # seven windows, so that a fixed batch is filled
    alone = CONTRACTS["audio_tagger"].outcome(scorer(*shape), sound, 1000, DECLARED)
    watched = Watched(scorer(*shape), "audio_tagger", DECLARED)
    found = CONTRACTS["audio_tagger"].outcome(watched, sound, 1000, DECLARED)
    assert np.array_equal(found.arrays["scores"], alone.arrays["scores"])
    totals = {name: each.total for name, each in watched.statistics.histograms.items()}
    assert set(totals.values()) == {7}, totals


def test_what_is_not_finite_is_not_counted() -> None:
    model = HandMade(
        (floats("sound", "batch", 4),),
        (floats("scores", "batch", 2),),
        lambda sound: {"scores": np.full((len(sound), 2), np.inf, np.float32)},
    )
    watched = Watched(model, "audio_tagger", DECLARED)
    watched.run({"sound": np.ones((3, 4), np.float32)})
    assert watched.statistics.histograms["input_rms"].total == 0


def test_every_contract_on_sound_has_an_output_that_is_counted() -> None:
    assert ROLES.keys() == CONTRACTS.keys()

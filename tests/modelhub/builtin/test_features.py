"""The crowd's features by a graph against those by NumPy."""

import numpy as np
import pytest

from audio.crowd import VERSIONS, Float32Array, Version
from audio.crowd.spectrum import PARTIALS, Window
from modelhub.builtin import features
from tests.modelhub.graphs.sessions import run

# docs/reference/crowd-score.md; centroid in Hz and effort in dB, all else between -1 and a few.
MOST = 1e-3


def sounds() -> dict[str, Float32Array]:
    random = np.random.default_rng(5)
    time = np.arange(512) / 16_000
    hiss = random.normal(0, 1e-3, (64, 512))
    partials = np.arange(1, 20)[:, np.newaxis]
    voice = (0.1 * np.sin(2 * np.pi * 140 * partials * time) / partials).sum(axis=0)
    noise = random.normal(0, 0.1, (64, 512))
    # With a hiss, as every microphone has: what is persistent in nothing at all is rounding.
    tones = 0.5 * np.sin(2 * np.pi * np.linspace(80, 7_000, 64)[:, np.newaxis] * time) + hiss
    steps = np.where(np.arange(512) < 300, 0.0, noise)
    all_sounds = {
        "noise": noise,
        "tones": tones,
        "a voice": voice[np.newaxis],
        "faint noise": noise * 1e-5,
        "an onset": steps,
        "full scale": np.sign(noise),
        "silence": np.zeros((3, 512)),
        "nothing": np.zeros((0, 512)),
    }
    return {name: sound.astype(np.float32) for name, sound in all_sounds.items()}


def fields(window: Window, version: Version) -> dict[str, Float32Array]:
    columns = dict(zip(version.measures, window.timbre.T, strict=True))
    return {**window._asdict(), **columns}


class TestFeatures:
    @pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
    @pytest.mark.parametrize("name", sounds())
    def test_are_those_of_numpy(self, name: str, version: Version) -> None:
        windows = sounds()[name]
        random = np.random.default_rng(6)
        earlier = random.normal(0, 0.1, (len(windows), PARTIALS)).astype(np.float32)
        expected = fields(version.measure(windows, earlier), version)
        found = fields(features(windows, earlier, run=run, version=version), version)
        for field, values in expected.items():
            assert found[field].shape == values.shape
            assert found[field].dtype == np.float32
            np.testing.assert_allclose(found[field], values, atol=MOST, rtol=1e-5, err_msg=field)

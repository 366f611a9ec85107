"""`python -m demo.samples [folder]`: the files that the documents name, made the same each time."""

import sys
from pathlib import Path

import numpy as np
import soundfile

from audio.synth.crowd import SAMPLE_RATE, cheer, event
from audio.synth.music import song
from demo.acts.model_files import SMALL, write

SONG_RATE = 44_100


def make(folder: Path) -> list[Path]:
    """A match, a cheer, a chant, an anthem, and the head of a model file."""
    rng = np.random.default_rng(1)
    sounds = {
        "match.flac": (event(12.0, rng).samples, SAMPLE_RATE),
        "cheer.flac": (cheer(2.0, rng), SAMPLE_RATE),
        "chant.wav": (cheer(3.0, rng), SAMPLE_RATE),
        "anthem.ogg": (song(rng, seconds=10.0)[0], SONG_RATE),
    }
    for name, (samples, rate) in sounds.items():
        soundfile.write(folder / name, samples, rate)
    return [*(folder / name for name in sounds), write(folder / "chant-writer.gguf", SMALL)]


if __name__ == "__main__":
    for path in make(Path(sys.argv[1] if len(sys.argv) > 1 else ".")):
        print(path)

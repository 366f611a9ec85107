"""Which graphs there are: one for each pair of medians that some sample rate takes."""

from collections.abc import Iterator
from pathlib import Path

import onnx

from audio.stems import separation
from audio.stems.masks import Medians
from audio.stems.transform import ShortTime
from modelhub.graphs import FOLDER, STRETCHES, path
from modelhub.graphs.builders import crowd, stems, vocals

# How long the medians are in frames and bins depends on where a rate stands in its octave, so one
# octave, walked in fine steps, meets every pair (a test compares it with the others).
_OCTAVE = range(96_000, 192_000)


def made() -> Iterator[tuple[Path, bytes]]:
    """Every file and what belongs in it, the same bytes each time."""
    for model in _models():
        yield path(model.graph.name), model.SerializeToString(deterministic=True)


def drifted() -> list[Path]:
    """The files that are not what this code makes, those that are missing or left over too."""
    ours = dict(made())
    theirs = {file: file.read_bytes() for file in FOLDER.glob("*/*.onnx")}
    return sorted(file for file in ours | theirs if ours.get(file) != theirs.get(file))


def _models() -> Iterator[onnx.ModelProto]:
    for frames, bins in _pairs("percussive", separation.HITS):
        yield stems.percussive(frames, bins)
    for frames, bins in _pairs("bass", separation.LOW_HITS):
        yield stems.bass(frames, bins)
    for stretches in STRETCHES:
        yield vocals.vocals(stretches)
    yield from crowd.features()


def _pairs(stem: str, medians: Medians) -> list[tuple[int, int]]:
    transforms = (ShortTime.lasting(separation.FRAME_SECONDS[stem], rate) for rate in _OCTAVE)
    return sorted(
        {(each.frames_in(medians.seconds), each.bins_in(medians.hertz)) for each in transforms}
    )

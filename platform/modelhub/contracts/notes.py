"""Notes out of frames of probabilities. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.float32]  # [frames, pitches], 0 to 1

_SHORTEST_S: Final = 0.06  # shorter than a sixteenth note at 240 beats a minute
_QUIET_SHARE: Final = 0.6  # of the threshold: where a note that sounds ends (hysteresis)


@dataclass(frozen=True, slots=True)
class Note:
    """One note: seconds, the MIDI number (60 is middle C), and its mean probability."""

    start_s: float
    end_s: float
    midi: int
    strength: float


def notes(
    note: Frames, onset: Frames | None, *, threshold: float, frame_s: float, lowest_midi: int
) -> list[Note]:
    """The notes by start, then by pitch.

    A note begins where its probability reaches the threshold and ends where it falls below 0.6 of
    it; an onset, where the model gives them, that peaks at or above the threshold begins it anew.
    What is shorter than 60 ms is none.
    """
    found: list[Note] = []
    for row in range(note.shape[1]):
        begins = _onsets(onset[:, row], threshold) if onset is not None else frozenset()
        for first, after in _spans(note[:, row], begins, threshold):
            strength = float(note[first:after, row].mean())
            if (after - first) * frame_s >= _SHORTEST_S:
                found.append(Note(first * frame_s, after * frame_s, lowest_midi + row, strength))
    return sorted(found, key=lambda each: (each.start_s, each.midi))


def _onsets(onset: NDArray[np.float32], threshold: float) -> frozenset[int]:
    """Frames at which the probability of an onset peaks."""
    before = np.concatenate([[-np.inf], onset[:-1]])
    after = np.concatenate([onset[1:], [-np.inf]])
    peaks = (onset >= threshold) & (onset > before) & (onset >= after)
    return frozenset(np.flatnonzero(peaks).tolist())


def _spans(
    note: NDArray[np.float32], begins: frozenset[int], threshold: float
) -> Iterator[tuple[int, int]]:
    first: int | None = None
    for frame, value in enumerate(note.tolist()):
        if first is not None and (value < _QUIET_SHARE * threshold or frame in begins):
            yield first, frame
            first = None
        if first is None and value >= threshold:
            first = frame
    if first is not None:
        yield first, len(note)

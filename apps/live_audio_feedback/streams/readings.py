"""What each slot was last read to say, and when its client is to be told again."""

from dataclasses import fields
from typing import Final

import numpy as np
import numpy.typing as npt

from audio.crowd import IntArray, Scores

SLACK_S: Final = 0.02
"""Sound that came late once is told as soon as it comes from then on, and not as late each time."""


class Readings:
    """The newest scores of `capacity` slots, on a clock that counts seconds.

    A slot is due every `every_s` in a turn of its own: clients are told evenly over the time, and
    none has to wait until all the others are told. Looked at every `SLACK_S` or so.
    """

    def __init__(self, capacity: int, *, every_s: float) -> None:
        self._every_s = every_s
        self._due_s = np.zeros(capacity)
        self._values: dict[str, npt.NDArray[np.float32]] = {
            field.name: np.zeros(capacity, dtype=np.float32) for field in fields(Scores)
        }

    def due(self, slots: IntArray, now_s: float) -> IntArray:
        """Those of the slots whose turn is nearer now than at the next look."""
        return slots[self._due_s[slots] <= now_s + SLACK_S / 2]

    def keep(self, slots: IntArray, scores: Scores, now_s: float) -> None:
        """Their scores, as they were read now, until their next turn."""
        for name, values in vars(scores).items():
            if values is None:  # which the version of the score does not know
                self._values.pop(name, None)
            else:
                self._values[name][slots] = values
        self._due_s[slots] = np.maximum(self._due_s[slots], now_s - SLACK_S) + self._every_s

    def of(self, slots: IntArray) -> Scores:
        return Scores(**{name: values[slots] for name, values in self._values.items()})

    def wipe(self, slot: int) -> None:
        """Forget the slot; the next stream in it has its first turn with its first sound."""
        for values in self._values.values():
            values[slot] = 0
        self._due_s[slot] = 0

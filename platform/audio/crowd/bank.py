"""The memory of every live stream of a process, in arrays, so that one tick serves all of them."""

import numpy as np
import numpy.typing as npt

from audio.crowd.memory import (
    FLOOR_FALLS_SECONDS,
    FLOOR_LISTENS_ABOVE_DBA,
    FLOOR_RISES_SECONDS,
    FLOOR_STARTS_FRAMES,
    LARGEST_SWING_DB,
    LEVEL_SECONDS,
    OFFSET_SECONDS,
    PARTIALS_LAG,
    TIMBRE_SECONDS,
    pace_of,
)
from audio.crowd.rhythm import FRAMES_PER_POINT, POINTS
from audio.crowd.scorer import Levels, Scores, score
from audio.crowd.spectrum import (
    FRAME_SAMPLES,
    LEAST_POWER,
    PARTIALS,
    WINDOW_SAMPLES,
    Float32Array,
    Window,
)
from audio.crowd.version import Version
from audio.crowd.versions import DEFAULT

IntArray = npt.NDArray[np.intp]
Int16Array = npt.NDArray[np.int16]

TAIL_SAMPLES = WINDOW_SAMPLES - FRAME_SAMPLES
BLOCK_SLOTS = 128  # measured the fastest: larger temporaries are mapped anew at each call

# The columns of `CrowdBank._means`, each a running mean; the version's measures follow.
POWER, A_POWER, VOCAL_DB, SWING, WEIGHT = range(5)
MEASURED = 5
OFFSET_PACE = np.float32(pace_of(OFFSET_SECONDS))
FLOOR_FALLS = np.float32(pace_of(FLOOR_FALLS_SECONDS))
FLOOR_RISES = np.float32(pace_of(FLOOR_RISES_SECONDS))


class BankFull(RuntimeError):
    """Every slot of the bank is open."""


class SlotClosed(LookupError):
    """A slot was named that no stream holds."""


class CrowdBank:
    """Up to `capacity` streams of 16 kHz mono sound, each in a slot, each with its own memory.

    `push` takes 20 ms frames and `read` scores, all by one version of the score; neither knows a
    clock. About 3 kB per slot.
    """

    def __init__(self, capacity: int, version: Version = DEFAULT) -> None:
        self.version = version
        seconds = (*LEVEL_SECONDS, *[TIMBRE_SECONDS] * (1 + len(version.measures)))
        self._paces = np.array([pace_of(each) for each in seconds], dtype=np.float32)
        self._free = list(range(capacity - 1, -1, -1))
        self._open = np.zeros(capacity, dtype=bool)
        self._age = np.zeros(capacity, dtype=np.int64)  # frames
        self._tail = np.zeros((capacity, TAIL_SAMPLES), dtype=np.float32)
        self._offset = np.zeros(capacity, dtype=np.float32)
        self._partials = np.zeros((capacity, PARTIALS_LAG, PARTIALS), dtype=np.float32)
        self._means = np.zeros((capacity, len(seconds)), dtype=np.float32)
        self._floor_dba = np.zeros(capacity, dtype=np.float32)
        self._floor_age = np.zeros(capacity, dtype=np.int64)
        self._envelope = np.zeros((capacity, POINTS), dtype=np.float32)

    def open(self) -> int:
        """A fresh slot. Raises `BankFull` when all are taken."""
        if not self._free:
            raise BankFull(f"all {len(self._open)} slots are open")
        slot = self._free.pop()
        self._open[slot] = True
        return slot

    def close(self, slot: int) -> None:
        """Give the slot back and forget all that was heard in it. Raises `SlotClosed`."""
        self._check(np.array([slot]))
        for memory in vars(self).values():
            if isinstance(memory, np.ndarray) and memory is not self._paces:
                memory[slot] = 0
        self._free.append(slot)

    def push(self, slots: IntArray, frames: Float32Array | Int16Array) -> None:
        """Hear one frame for each named slot: `frames` is (n, 320), int16 or float32 in -1 to 1.

        A slot may be named once per call. Raises `SlotClosed` before anything is heard.
        """
        self._check(slots)
        for first in range(0, len(slots), BLOCK_SLOTS):
            block = slice(first, first + BLOCK_SLOTS)
            self._hear(slots[block], frames[block])

    def _check(self, slots: IntArray) -> None:
        if not self._open[slots].all():
            raise SlotClosed(f"not open: {[int(slot) for slot in slots if not self._open[slot]]}")

    def _hear(self, slots: IntArray, frames: Float32Array | Int16Array) -> None:
        windows = np.empty((len(slots), WINDOW_SAMPLES), dtype=np.float32)
        windows[:, :TAIL_SAMPLES] = self._tail[slots]
        full_scale = 32768 if frames.dtype == np.int16 else 1
        np.multiply(frames, np.float32(1 / full_scale), out=windows[:, TAIL_SAMPLES:])
        age = self._age[slots]
        windows[:, TAIL_SAMPLES:] -= self._settle_offset(slots, windows[:, TAIL_SAMPLES:], age)
        self._tail[slots] = windows[:, -TAIL_SAMPLES:]
        window = self.version.measure(windows, self._partials[slots, age % PARTIALS_LAG])
        self._partials[slots, age % PARTIALS_LAG] = window.partials
        self._remember(slots, window, age)
        self._settle_floor(slots)
        self._trace_envelope(slots, window, age)
        self._age[slots] = age + 1

    def _settle_offset(
        self, slots: IntArray, frames: Float32Array, age: npt.NDArray[np.int64]
    ) -> Float32Array:
        """(n, 1): what a converter adds to every sample. It is no level and hides no silence."""
        offset = self._offset[slots]
        pace = np.maximum(OFFSET_PACE, (1 / (age + 1)).astype(np.float32))
        offset += pace * (np.add.reduce(frames, axis=1) * np.float32(1 / FRAME_SAMPLES) - offset)
        self._offset[slots] = offset
        return offset[:, None]

    def _remember(self, slots: IntArray, window: Window, age: npt.NDArray[np.int64]) -> None:
        """Each frame's timbre weighs as its amplitude: claps and syllables count, gaps hardly.

        The first frames are averaged evenly, until the memory is full: no bias at the start.
        """
        pace = np.maximum(self._paces, (1 / (age + 1)).astype(np.float32)[:, None])
        means = self._means[slots]
        heard = np.empty_like(means)
        heard[:, POWER], heard[:, A_POWER] = window.power, window.a_weighted
        heard[:, VOCAL_DB] = _decibels(window.vocal)
        swing = (heard[:, VOCAL_DB] - means[:, VOCAL_DB]) * (1 - pace[:, VOCAL_DB])
        heard[:, SWING] = np.square(np.minimum(np.abs(swing), np.float32(LARGEST_SWING_DB)))
        heard[:, WEIGHT] = np.sqrt(window.a_weighted)
        heard[:, MEASURED:] = window.timbre * heard[:, WEIGHT, None]
        means += pace * (heard - means)
        self._means[slots] = means

    def _settle_floor(self, slots: IntArray) -> None:
        """Down within a second, up within a minute; in the first second it is the mean so far."""
        level = _decibels(self._means[slots, A_POWER])
        listening = level > FLOOR_LISTENS_ABOVE_DBA
        slots, level = slots[listening], level[listening]
        age = self._floor_age[slots]
        above = level - self._floor_dba[slots]
        pace = np.where(above > 0, FLOOR_RISES, FLOOR_FALLS)
        pace = np.where(age < FLOOR_STARTS_FRAMES, 1 / (age + 1), pace)
        self._floor_dba[slots] += (pace * above).astype(np.float32)
        self._floor_age[slots] = age + 1

    def _trace_envelope(self, slots: IntArray, window: Window, age: npt.NDArray[np.int64]) -> None:
        """A point holds the newer of its two frames."""
        self._envelope[slots, age // FRAMES_PER_POINT % POINTS] = np.sqrt(window.vocal)

    def read(self, slots: IntArray) -> Scores:
        """The scores of the named slots as of their last frame; reading changes nothing.

        A slot that has heard nothing yet reads as silence. Raises `SlotClosed`.
        """
        self._check(slots)
        points, envelopes = self._envelopes(slots)
        known, floor = self._floor_age[slots] > 0, self._floor_dba[slots]
        return self._scores(self._means[slots], self._pulses(points, envelopes), known, floor)

    def read_together(self, slots: IntArray) -> Scores:
        """One score for several slots that are the channels of one sound, as if heard by one ear.

        Powers are averaged, timbres weigh as their channels' amplitudes: no channel takes anything
        from another. The slots must have heard equally many frames. Raises `SlotClosed`.
        """
        self._check(slots)
        means = self._means[slots]
        weights = np.maximum(means[:, [WEIGHT]], np.float32(1e-9))
        weights /= weights.sum()
        together = means.mean(axis=0, keepdims=True)
        for column in (VOCAL_DB, SWING):
            together[0, column] = np.sum(means[:, [column]] * weights)
        points, envelopes = self._envelopes(slots)
        envelope = np.sqrt(np.mean(np.square(envelopes), axis=0, keepdims=True))
        known = np.any(self._floor_age[slots] > 0, keepdims=True)
        floor = _decibels(self._floor_power(slots).mean(keepdims=True))
        return self._scores(together, self._pulses(points[:1], envelope), known, floor)

    def _floor_power(self, slots: IntArray) -> Float32Array:
        """Linear floors; none where a channel was never heard."""
        power = np.power(np.float32(10), self._floor_dba[slots] / np.float32(10))
        return np.where(self._floor_age[slots] > 0, power, np.float32(0))

    def _envelopes(self, slots: IntArray) -> tuple[IntArray, Float32Array]:
        """How many points were heard, and the envelopes from their oldest point to the newest."""
        points = (self._age[slots] + FRAMES_PER_POINT - 1) // FRAMES_PER_POINT
        order = (points % POINTS)[:, None] + np.arange(POINTS)
        order[order >= POINTS] -= POINTS
        return points, self._envelope[slots[:, None], order]

    def _pulses(self, points: IntArray, envelopes: Float32Array) -> Float32Array:
        """Zero until four seconds were heard."""
        return np.where(points[:, None] >= POINTS, self.version.pulses(envelopes), np.float32(0))

    def _scores(
        self,
        means: Float32Array,
        pulses: Float32Array,
        floor_known: npt.NDArray[np.bool_],
        floor_dba: Float32Array,
    ) -> Scores:
        """The scores of running means, one row each; a floor not known yet is the level itself."""
        heard = np.empty((len(means), len(self.version.heard)), dtype=np.float32)
        count = len(self.version.measures)
        weight = np.maximum(means[:, WEIGHT], np.float32(1e-9))
        heard[:, :count] = means[:, MEASURED:] / weight[:, None]
        flutter, rhythm = np.sqrt(means[:, SWING]), pulses[:, 0]
        heard[:, count] = flutter
        heard[:, count + 1] = flutter * (1 - rhythm * rhythm)
        heard[:, count + 2 :] = pulses
        dbfs, dba = _decibels(means[:, [POWER, A_POWER]]).T
        levels = Levels(dbfs, dba, np.where(floor_known, floor_dba, dba))
        likelihoods = self.version.likelihoods(heard).T
        return score(dict(zip(self.version.sounds, likelihoods, strict=True)), levels)


def _decibels(power: Float32Array) -> Float32Array:
    return np.multiply(np.log10(np.maximum(power, LEAST_POWER)), np.float32(10))

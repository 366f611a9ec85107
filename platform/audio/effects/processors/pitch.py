"""Pitch shift by grains that are laid where they continue each other."""

import numpy as np
import scipy  # its parts load at first use: the web process only reads the catalogue
from numpy.typing import NDArray

from audio.effects.processors.moving_taps import between
from audio.files import Samples

_MARGIN = 3  # samples that the interpolation needs around a place
_FAR_COSTS = 0.06  # how much more alike the furthest place must be than the nearest
_SILENCE = 1e-12

Curve = NDArray[np.float64]


class PitchShift:
    """Pitch by short grains, each read faster or slower, that fade into one another.

    Every 12 ms a grain begins, within 8 ms of where it belongs: at the place that is most like what
    the last grain would have gone on to play (the rule of Verhelst and Roelands, "An overlap-add
    technique based on waveform similarity", ICASSP 1993). So a periodic sound from 63 Hz up goes on
    in phase and keeps its exact pitch and level. Where nothing is alike, as in noise, the gains of
    the fade follow the likeness that was found, so that the power holds. All channels share the
    grains: the image stands still.
    """

    HOP_SECONDS, REACH_SECONDS = 0.012, 0.008

    def __init__(self, *, sample_rate: int, channels: int, semitones: float) -> None:
        self._ratio = float(2 ** (semitones / 12))
        self._hop = round(self.HOP_SECONDS * sample_rate)
        self._reach = round(self.REACH_SECONDS * sample_rate)
        self._rise = np.sin(np.pi / 2 * (np.arange(self._hop) + 0.5) / self._hop) ** 2
        self._fades = self._faded(1.0)
        kept = self.latency_samples + 2 * self._hop + self._reach + 2 * _MARGIN
        self._line = np.zeros((kept, channels), dtype=np.float32)
        self._position = -self.latency_samples  # of the input, that the next output stands for
        hop_start = self._position // self._hop * self._hop
        self._old, self._new = float(hop_start), self._belongs(hop_start)

    @property
    def latency_samples(self) -> int:
        """So late that the newest sample which a grain may read, or be compared by, is there."""
        return self._reach + int(np.ceil(self._hop * max(1.0, self._ratio))) + _MARGIN

    def process(self, block: Samples) -> Samples:
        kept = len(self._line)
        line = np.concatenate([self._line, block])
        first = self._position + self.latency_samples - kept  # the input's number of line[0]
        shifted = np.empty_like(block)
        done = 0
        while done < len(block):
            into_hop = self._position % self._hop
            if into_hop == 0:
                self._lay_grain(line, first)
            count = min(len(block) - done, self._hop - into_hop)
            steps = np.arange(into_hop, into_hop + count)
            passed = np.asarray(self._ratio * steps, dtype=np.float64)
            for channel in range(block.shape[1]):
                shifted[done : done + count, channel] = sum(
                    fade[steps] * between(line[:, channel], start - first + passed)
                    for fade, start in zip(self._fades, (self._old, self._new), strict=True)
                )
            self._position += count
            done += count
        self._line = line[len(block) :]
        return shifted

    def _belongs(self, hop_start: int) -> float:
        """Where a grain that begins at an output begins in the input: its middle stays in place."""
        return hop_start + (1 - self._ratio) * self._hop

    def _lay_grain(self, line: Samples, first: int) -> None:
        self._old = self._new + self._ratio * self._hop
        if self._ratio == 1:
            self._new, likeness = self._old, 1.0
        else:
            whole, part = divmod(self._old, 1.0)
            nearest = int(np.floor(self._belongs(self._position)))
            lag, likeness = self._most_alike(line, int(whole) - first, nearest - first)
            self._new = nearest + part + lag
        self._fades = self._faded(likeness)

    def _most_alike(self, line: Samples, old: int, nearest: int) -> tuple[float, float]:
        """How far from `nearest` the sound is most like that at `old`, and how alike, 0 to 1.

        Compared is the stretch in which the two grains will overlap, and at least a hop. Channels
        add up as energies, without their means: no offset and no inversion hides a likeness.
        """
        back = max(0, round((1 - self._ratio) * self._hop))
        length = back + int(self._ratio * self._hop)
        start = nearest - back - self._reach
        field = line[start : start + length + 2 * self._reach].T.astype(np.float64, order="C")
        sought = line[old - back : old - back + length].T.astype(np.float64, order="C")
        sought -= sought.mean(axis=1, keepdims=True)
        energy = np.sum(sought**2) * _energies(field, length)
        size = scipy.fft.next_fast_len(field.shape[1], real=True)
        spectra = scipy.fft.rfft(field, size) * scipy.fft.rfft(sought, size).conj()
        alike = scipy.fft.irfft(spectra.sum(axis=0), size)[: len(energy)]
        alike = np.where(energy > _SILENCE**2, alike / np.sqrt(np.maximum(energy, _SILENCE**2)), 1)
        far = np.abs(np.arange(len(alike)) - self._reach) / self._reach
        best = int(np.argmax(alike - _FAR_COSTS * far))
        return best + _crest(alike, best) - self._reach, float(np.clip(alike[best], 0, 1))

    def _faded(self, likeness: float) -> tuple[Curve, Curve]:
        """Gains of the old and of the new grain over a hop; their sum has the power of one."""
        fall = 1 - self._rise
        power = fall**2 + self._rise**2 + 2 * likeness * fall * self._rise
        return fall / np.sqrt(power), self._rise / np.sqrt(power)


def _energies(field: Curve, length: int) -> Curve:
    """Of every stretch of `length`, over all channels and about each one's mean."""
    sums, squares = np.zeros((2, field.shape[0], field.shape[1] + 1))
    np.cumsum(field, axis=1, out=sums[:, 1:])
    np.cumsum(field**2, axis=1, out=squares[:, 1:])
    means = (sums[:, length:] - sums[:, :-length]) ** 2 / length
    return np.asarray(
        np.maximum(np.sum(squares[:, length:] - squares[:, :-length] - means, axis=0), 0.0)
    )


def _crest(curve: Curve, at: int) -> float:
    """How far beside a largest value the parabola through it and its neighbours has its top."""
    if not 0 < at < len(curve) - 1:
        return 0.0
    before, top, after = curve[at - 1 : at + 2]
    bend = before - 2 * top + after
    return float(np.clip((before - after) / (2 * bend), -0.5, 0.5)) if bend < 0 else 0.0

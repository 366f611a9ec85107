"""Many human voices at once: a band-limited source and formants shared by vowel.

Source and filter follow the cascade model of Klatt (1980, "Software for a cascade/parallel formant
synthesizer"); the vowels are the men's means of Peterson and Barney (1952, "Control methods used in
a study of the vowels"). Voices that share a vowel are summed before its filter, so a crowd costs
one filter per vowel and not one per person.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from audio.synth.crowd.room import SAMPLE_RATE, Samples, transform_length

FORMANTS_HZ: dict[str, tuple[float, float, float]] = {
    "a": (730.0, 1090.0, 2440.0),
    "e": (530.0, 1840.0, 2480.0),
    "i": (270.0, 2290.0, 3010.0),
    "o": (570.0, 840.0, 2410.0),
    "u": (300.0, 870.0, 2240.0),
    "uh": (640.0, 1190.0, 2390.0),
}
BANDWIDTHS_HZ = (80.0, 100.0, 140.0, 220.0)
FOURTH_FORMANT_HZ = 3500.0
TABLE_LENGTH = 2048  # a power of two: the phase wraps by a mask
BLOCK_SAMPLES = 160
HISS_CORNER_HZ = 2500.0


@dataclass(frozen=True)
class Utterance:
    """One voiced sound of one person. Frequencies in Hz, times in seconds, `gain` linear.

    The pitch runs from `pitch_start` to `pitch_peak` (reached after a third of the time) and on to
    `pitch_end`; `tract` scales the formants (1.0 a man, 1.17 a woman, 1.3 a child or a shout).
    """

    start: float
    seconds: float
    pitch_start: float
    pitch_peak: float
    pitch_end: float
    vowel: str
    tract: float
    gain: float
    breath: float


@cache
def _pulse_table(harmonics: int, tilt: float) -> Samples:
    """One period of a glottal source with the harmonics falling as k^-tilt, at unit power."""
    phase = 2 * np.pi * np.arange(TABLE_LENGTH) / TABLE_LENGTH
    order = np.arange(1, harmonics + 1)[:, None]
    table = np.sum(order**-tilt * np.cos(order * phase), axis=0)
    return np.asarray(table / np.sqrt(np.mean(table**2)), dtype=np.float32)


def _source(utterance: Utterance, tilt: float, rng: np.random.Generator) -> Samples:
    """The voiced sound before its vowel, in blocks of 10 ms with a straight pitch and gain each."""
    blocks = max(4, round(utterance.seconds * SAMPLE_RATE / BLOCK_SAMPLES))
    at = (np.arange(blocks) + 0.5) / blocks
    vibrato = 1 + 0.012 * np.sin(2 * np.pi * (utterance.seconds * 5.5 * at + rng.random()))
    anchors = (utterance.pitch_start, utterance.pitch_peak, utterance.pitch_end)
    pitch = np.interp(at, (0.0, 0.33, 1.0), anchors) * vibrato
    turns = pitch * (BLOCK_SAMPLES / SAMPLE_RATE)
    first = (np.cumsum(turns) - turns + rng.random()) % 1.0
    table = _pulse_table(max(1, int(0.45 * SAMPLE_RATE / pitch.max())), tilt)
    within = np.arange(BLOCK_SAMPLES, dtype=np.float32)
    scaled = (TABLE_LENGTH * pitch / SAMPLE_RATE).astype(np.float32)
    position = scaled[:, None] * within + (TABLE_LENGTH * first).astype(np.float32)[:, None]
    voiced = table[position.astype(np.int32) & (TABLE_LENGTH - 1)]
    return np.asarray((voiced * _gain(utterance, blocks)).reshape(-1), dtype=np.float32)


def _gain(utterance: Utterance, blocks: int) -> Samples:
    """A soft attack and a softer release, shape (blocks, 160)."""
    edges = np.linspace(0.0, 1.0, blocks + 1)
    shape = np.minimum(np.minimum(1.0, edges / 0.18), (1 - edges) / 0.35) * utterance.gain
    within = np.linspace(0.0, 1.0, BLOCK_SAMPLES, endpoint=False)
    return np.asarray(shape[:-1, None] + np.diff(shape)[:, None] * within, dtype=np.float32)


def _vowel_response(
    frequencies: npt.NDArray[np.floating], vowel: str, tract: float
) -> npt.NDArray[np.complex128]:
    """The cascade of four resonators, each with unit gain at 0 Hz."""
    response = np.ones(len(frequencies), dtype=np.complex128)
    centres = (*FORMANTS_HZ[vowel], FOURTH_FORMANT_HZ)
    for centre, bandwidth in zip(centres, BANDWIDTHS_HZ, strict=True):
        ratio = frequencies / (centre * tract)
        response /= 1 - ratio**2 + 1j * ratio * bandwidth / centre
    return response


def render(
    utterances: list[Utterance], seconds: float, rng: np.random.Generator, *, tilt: float
) -> Samples:
    """Sound all `utterances` in one buffer of `seconds`, shape (seconds * 16000,).

    `tilt` is the fall of the source's harmonics (k^-tilt): about 1.5 for a soft voice and 0.7 for a
    shout, since vocal effort flattens the spectrum (Traunmueller and Eriksson, 2000).
    """
    count = int(seconds * SAMPLE_RATE)
    breath = np.zeros(count, dtype=np.float32)
    sources: dict[tuple[str, float], Samples] = {}
    for utterance in utterances:
        group = (utterance.vowel, utterance.tract)
        buffer = sources.setdefault(group, np.zeros(count, dtype=np.float32))
        first = int(utterance.start * SAMPLE_RATE)
        sound = _source(utterance, tilt, rng)[: max(0, count - first)]
        buffer[first : first + len(sound)] += sound
        breath[first : first + len(sound)] += (utterance.breath * utterance.gain) ** 2
    hiss = rng.standard_normal(count, dtype=np.float32) * np.sqrt(breath)
    return _through_vowels(sources, hiss)


def _through_vowels(sources: dict[tuple[str, float], Samples], hiss: Samples) -> Samples:
    """Each vowel through its formants; the hiss of breath and consonants rises with frequency."""
    length = transform_length(len(hiss) + SAMPLE_RATE // 10)  # room for the filters to ring out
    frequencies = np.fft.rfftfreq(length, 1 / SAMPLE_RATE)
    total: npt.NDArray[np.complex128] = np.fft.rfft(hiss, length) * np.minimum(
        1.0, frequencies / HISS_CORNER_HZ
    )
    for (vowel, tract), buffer in sources.items():
        total += np.fft.rfft(buffer, length) * _vowel_response(frequencies, vowel, tract)
    total[frequencies < 60.0] = 0
    return np.fft.irfft(total, length)[: len(hiss)].astype(np.float32)

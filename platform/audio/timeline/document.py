"""The timeline as a value, and as the plain dictionary that clients read."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from audio.timeline.key import Key
from audio.timeline.loudness import CURVE_RATE, Loudness
from audio.timeline.onsets import Curve
from audio.timeline.sections import Section

SCHEMA = "tifo.timeline/1"


@dataclass(frozen=True, slots=True)
class Alternative:
    """A tempo that may be felt instead: `factor` times the chosen one."""

    bpm: float
    factor: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Tempo:
    bpm: float | None
    confidence: float
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Beat:
    """`position` in the bar from 1; confidence 0-1 that something sounds on this beat."""

    time: float
    position: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Metre:
    beats_per_bar: int | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Silence:
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Sampled:
    """Evenly spaced values 0-1: value i belongs to i / rate seconds."""

    rate: int
    values: Curve


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything found in a sound. Times in seconds from its start, confidences 0-1."""

    duration: float
    tempo: Tempo
    metre: Metre
    beats: tuple[Beat, ...]
    downbeats: tuple[float, ...]
    loudness: Loudness
    silences: tuple[Silence, ...]
    onset_strength: Sampled
    sections: tuple[Section, ...]
    arousal: Sampled
    key: Key | None

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists, numbers and `None`: no NaN, times rounded to 0.1 ms."""
        return {
            "schema": SCHEMA,
            "duration": round(self.duration, 4),
            "tempo": {
                "bpm": _rounded(self.tempo.bpm, 2),
                "confidence": round(self.tempo.confidence, 3),
                "alternatives": [
                    {
                        "bpm": round(other.bpm, 2),
                        "factor": round(other.factor, 3),
                        "confidence": round(other.confidence, 3),
                    }
                    for other in self.tempo.alternatives
                ],
            },
            "beats_per_bar": {
                "value": self.metre.beats_per_bar,
                "confidence": round(self.metre.confidence, 3),
            },
            "beats": [
                {
                    "time": round(beat.time, 4),
                    "position": beat.position,
                    "confidence": round(beat.confidence, 3),
                }
                for beat in self.beats
            ],
            "downbeats": [round(time, 4) for time in self.downbeats],
            "loudness": {
                "integrated_lufs": _rounded(self.loudness.integrated_lufs, 2),
                "range_lu": _rounded(self.loudness.range_lu, 2),
                "true_peak_dbtp": _rounded(self.loudness.true_peak_dbtp, 2),
                "rate": CURVE_RATE,
                "momentary_lufs": _values(self.loudness.momentary, 1),
                "short_term_lufs": _values(self.loudness.short_term, 1),
            },
            "silences": [
                {"start": round(silence.start, 4), "end": round(silence.end, 4)}
                for silence in self.silences
            ],
            "onset_strength": _sampled(self.onset_strength),
            "sections": [
                {
                    "start": round(section.start, 4),
                    "end": round(section.end, 4),
                    "label": section.label,
                    "confidence": round(section.confidence, 3),
                    "loudness_lufs": _rounded(section.loudness, 2),
                }
                for section in self.sections
            ],
            "arousal": _sampled(self.arousal),
            "key": self.key
            and {
                "tonic": self.key.tonic,
                "mode": self.key.mode,
                "confidence": round(self.key.confidence, 3),
            },
        }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _sampled(curve: Sampled) -> dict[str, Any]:
    return {"rate": curve.rate, "values": _values(curve.values, 3)}


def _values(curve: Curve, digits: int) -> list[float]:
    values: list[float] = np.round(curve, digits).tolist()
    return values

"""The crowd's sound: a recording, or one that is synthesised; always with a quiet part before."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.channels import downmix
from audio.crowd import SAMPLE_RATE, loudest_and_quietest
from audio.files import decode, resample
from audio.synth.crowd import Label, event, silence

Samples = NDArray[np.float32]
Span = tuple[float, float]

WINDOW_S = 2.0
HUSH_S = 4.0
LEAD_S, TAIL_S = 6.0, 8.0  # how much is played around the loudest part
QUIET_DB = 15.0  # a part that is so much fainter is a quiet before
SHORTEST_S = 8.0
LONGEST_FILE_S = 1800.0
PROGRAMME: tuple[Label, ...] = ("quiet", "walla", "cheer", "applause")
PROGRAMME_S = 20.0


@dataclass(frozen=True)
class CrowdSound:
    """Mono float32 of 16 kHz; `quiet` and `loud` are spans in seconds, the quiet one first."""

    samples: Samples
    quiet: Span
    loud: Span
    source: str
    is_recorded: bool = False  # then nobody knows what is in it

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    def pcm16(self, *, gain: float = 1.0, delay_s: float = 0.0) -> bytes:
        """What a microphone hears that stands further off."""
        late = np.concatenate([np.zeros(round(delay_s * SAMPLE_RATE), np.float32), self.samples])
        return (np.clip(late * gain, -1, 1) * 32767).astype("<i2").tobytes()


def synthesised(rng: np.random.Generator) -> CrowdSound:
    """Quiet, talk, a cheer, applause: from the physical model of `audio.synth.crowd`."""
    played = event(PROGRAMME_S, rng, programme=PROGRAMME)
    spans = {segment.label: (segment.start, segment.end) for segment in played.segments}
    source = f"{', '.join(PROGRAMME)}: synthesised"
    return CrowdSound(played.samples, spans["quiet"], spans["applause"], source)


def recorded(path: Path, rng: np.random.Generator) -> CrowdSound:
    """The loudest part of a recording and what is around it, after a quiet part.

    A recording that is loud from its start gets a few seconds of an empty hall's noise before it.
    Raises `audio.files.UnreadableAudio` and `AudioTooLong`.
    """
    found = decode(path, max_seconds=LONGEST_FILE_S)
    samples = resample(downmix(found.samples), found.sample_rate, SAMPLE_RATE)
    least = round(SHORTEST_S * SAMPLE_RATE)
    samples = np.tile(samples, -(-least // len(samples)))
    (start, end), _ = loudest_and_quietest(samples, SAMPLE_RATE, WINDOW_S)
    first = max(0.0, start - LEAD_S)
    played = _part(samples, first, end + TAIL_S)
    loud = (start - first, end - first)
    quiet = _own_quiet(played, loud)
    if quiet is not None:
        return CrowdSound(
            played, quiet, loud, f"{path.name}, its own quiet before its loudest", True
        )
    return CrowdSound(
        np.concatenate([silence(HUSH_S, rng), played]),
        (0.0, HUSH_S),
        (loud[0] + HUSH_S, loud[1] + HUSH_S),
        f"{path.name}, after {HUSH_S:g} s of an empty hall (it begins loud)",
        True,
    )


def _own_quiet(samples: Samples, loud: Span) -> Span | None:
    before = _part(samples, 0.0, loud[0])
    if len(before) < 2 * WINDOW_S * SAMPLE_RATE:
        return None
    _, (start, end) = loudest_and_quietest(before, SAMPLE_RATE, WINDOW_S)
    fainter_db = _level_db(_part(samples, *loud)) - _level_db(_part(samples, start, end))
    return (start, end) if fainter_db >= QUIET_DB else None


def _part(samples: Samples, start: float, end: float) -> Samples:
    return samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]


def _level_db(samples: Samples) -> float:
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    return 10 * float(np.log10(power + 1e-12))

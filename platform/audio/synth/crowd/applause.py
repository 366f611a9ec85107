"""Applause from a physical model: many clappers, each with hands, a tempo and a seat.

Hand shapes and their resonances follow Repp (1987, "The sound of two hands clapping") and Peltola,
Erkut, Cook and Valimaki (2007, "Synthesis of hand clapping sounds"): a clap is a short burst of
noise through one resonance. The common beat of rhythmic applause is slower than free clapping
(Neda et al., 2000, "The sound of many hands clapping").
"""

import numpy as np
import numpy.typing as npt

from audio.synth.crowd.room import SAMPLE_RATE, Samples, at_level, in_a_hall

# Resonance (Hz) and its bandwidth (Hz) for eight ways to clap, from cupped palms to flat fingers.
HAND_MODES = (
    (620.0, 380.0),
    (780.0, 480.0),
    (950.0, 600.0),
    (1150.0, 700.0),
    (1400.0, 850.0),
    (1700.0, 1000.0),
    (2100.0, 1200.0),
    (2600.0, 1500.0),
)
VARIANTS_PER_MODE = 8
CLAP_SAMPLES = 400  # 25 ms: a clap has decayed by 60 dB well before
COMMON_RATE_HZ = 2.0
BATCH_CLAPS = 4096


def _clap_shapes(rng: np.random.Generator) -> Samples:
    """One burst per hand mode and variant at unit energy, shape (64, 400)."""
    at = np.arange(CLAP_SAMPLES) / SAMPLE_RATE
    frequencies = np.fft.rfftfreq(2 * CLAP_SAMPLES, 1 / SAMPLE_RATE)
    shapes = []
    for centre, bandwidth in HAND_MODES * VARIANTS_PER_MODE:
        burst = rng.standard_normal(CLAP_SAMPLES) * np.exp(-at / 0.0022)
        centre *= rng.uniform(0.9, 1.1)
        resonance = 1 / (1 + ((frequencies - centre) / bandwidth) ** 2)
        resonance *= np.minimum(1.0, frequencies / 400.0)  # two hands radiate little below
        shape = np.fft.irfft(np.fft.rfft(burst, 2 * CLAP_SAMPLES) * resonance)[:CLAP_SAMPLES]
        shapes.append(shape / np.sqrt(np.sum(shape**2)))
    return np.asarray(shapes, dtype=np.float32)


def _clap_times(
    seconds: float, rng: np.random.Generator, synchrony: float
) -> npt.NDArray[np.float64]:
    """When one person claps: a tempo of 2 to 5 Hz with jitter, pulled towards the common beat."""
    freedom = (1 - synchrony) ** 2  # a small difference of tempo alone would undo the common beat
    rate = freedom * rng.uniform(2.0, 5.0) + (1 - freedom) * COMMON_RATE_HZ
    count = int(seconds * rate) + 2
    jitter = rng.normal(0.0, 0.03 + 0.07 * freedom, count) / rate
    phase = rng.random() * (1 - synchrony)
    times = (np.arange(count) + phase) / rate + jitter
    return np.asarray(times[(times >= 0) & (times < seconds)])


def applause(
    seconds: float,
    rng: np.random.Generator,
    *,
    people: int = 120,
    synchrony: float = 0.0,
    level_dbfs: float = -22.0,
) -> Samples:
    """`people` clapping for `seconds`: float32 of shape (seconds * 16000,), RMS at `level_dbfs`.

    `synchrony` runs from 0 (everyone at their own tempo) to 1 (one beat at 2 Hz). People sit at
    distances of 1 to 8 (in units of the nearest seat), so a few near clappers stand out.
    """
    shapes = _clap_shapes(rng)
    out = np.zeros(int(seconds * SAMPLE_RATE) + CLAP_SAMPLES, dtype=np.float32)
    starts, kinds, gains = [], [], []
    for _ in range(people):
        times = _clap_times(seconds, rng, synchrony)
        starts.append((times * SAMPLE_RATE).astype(np.int64))
        mode = rng.integers(len(HAND_MODES))
        variants = rng.integers(VARIANTS_PER_MODE, size=len(times))
        kinds.append(variants * len(HAND_MODES) + mode)
        distance = np.sqrt(rng.uniform(1.0, 64.0))
        gains.append(rng.uniform(0.6, 1.0, len(times)) / distance)
    _strike(out, np.concatenate(starts), shapes[np.concatenate(kinds)], np.concatenate(gains))
    dry = out[: int(seconds * SAMPLE_RATE)]
    return at_level(in_a_hall(dry, rng, decay_seconds=0.6, wetness=0.3), level_dbfs)


def _strike(
    out: Samples,
    starts: npt.NDArray[np.int64],
    shapes: Samples,
    gains: npt.NDArray[np.float64],
) -> None:
    """Add each clap at its sample. Claps overlap, so this is an unbuffered add, batch by batch."""
    within = np.arange(CLAP_SAMPLES)
    for first in range(0, len(starts), BATCH_CLAPS):
        batch = slice(first, first + BATCH_CLAPS)
        scaled = shapes[batch] * gains[batch, None].astype(np.float32)
        np.add.at(out, starts[batch, None] + within, scaled)

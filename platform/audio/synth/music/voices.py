"""The instruments: each a mono float32 sound whose attack begins at its first sample."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Sound = NDArray[np.float32]
Wave = NDArray[np.float64]

ATTACK_SECONDS = 0.002


def kick(rate: int) -> Sound:
    """A sine that falls from 160 to 50 Hz, with a click."""
    time = _time(0.28, rate)
    phase = 2 * np.pi * (50 * time + 110 * 0.035 * (1 - np.exp(-time / 0.035)))
    click = 0.4 * np.exp(-time / 0.003) * np.sin(2 * np.pi * 1_800 * time)
    return _sound(np.sin(phase) * np.exp(-time / 0.09) + click)


def snare(rate: int, rng: Generator) -> Sound:
    """Bright noise over a 190 Hz drum head."""
    time = _time(0.22, rate)
    rattle = _bright(rng.standard_normal(len(time))) * np.exp(-time / 0.06)
    return _sound(0.5 * rattle + 0.6 * np.sin(2 * np.pi * 190 * time) * np.exp(-time / 0.05))


def hat(rate: int, rng: Generator, *, ringing: float = 0.025) -> Sound:
    """Noise above about 7 kHz that rings for `ringing` seconds."""
    time = _time(6 * ringing, rate)
    noise = _bright(_bright(_bright(rng.standard_normal(len(time)))))
    return _sound(0.3 * noise * np.exp(-time / ringing))


def bass(rate: int, hertz: float, seconds: float) -> Sound:
    """Six falling harmonics, the upper ones dying first."""
    time = _time(seconds, rate)
    wave = sum(
        np.sin(2 * np.pi * n * hertz * time) / n * np.exp(-time * n / 0.5) for n in range(1, 7)
    )
    return _sound(0.6 * wave * _gate(time, seconds))


def chord(rate: int, hertz: list[float], seconds: float, brightness: float) -> Sound:
    """One FM voice per note; brightness 0-1 is the depth of the modulation."""
    time = _time(seconds, rate)
    wave = np.zeros_like(time)
    for note in hertz:
        depth = 2.5 * brightness * np.exp(-time / 0.4)
        wave += np.sin(2 * np.pi * note * time + depth * np.sin(4 * np.pi * note * time))
    swell = 0.35 + 0.65 * np.exp(-time / 0.6)
    return _sound(wave / len(hertz) * swell * _gate(time, seconds))


def lead(rate: int, hertz: float, seconds: float) -> Sound:
    """A reedy voice of odd harmonics with 5 Hz vibrato."""
    time = _time(seconds, rate)
    phase = 2 * np.pi * hertz * time + 0.25 * np.sin(2 * np.pi * 5 * time)
    wave = np.sin(phase) + np.sin(3 * phase) / 3 + np.sin(5 * phase) / 6
    return _sound(wave * (0.5 + 0.5 * np.exp(-time / 0.3)) * _gate(time, seconds))


def _time(seconds: float, rate: int) -> Wave:
    return np.arange(max(int(seconds * rate), 8)) / rate


def _bright(noise: Wave) -> Wave:
    """A difference: +6 dB an octave."""
    brighter: Wave = np.diff(noise, prepend=0.0) / np.sqrt(2)
    return brighter


def _gate(time: Wave, seconds: float) -> Wave:
    """Attack, and a release over the last tenth so that notes end without a click."""
    release = min(0.1 * seconds, 0.04)
    gate: Wave = np.minimum(time / ATTACK_SECONDS, 1) * np.clip((seconds - time) / release, 0, 1)
    return gate


def _sound(wave: Wave) -> Sound:
    return wave.astype(np.float32)

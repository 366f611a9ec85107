"""One pass over a sound: every part of the timeline, in the order in which they need each other."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from audio.channels import centred, downmix
from audio.files import resample
from audio.speakers import Speakers
from audio.timeline import (
    arousal,
    beats,
    clicks,
    downbeats,
    key,
    levels,
    loudness,
    onsets,
    sections,
    silences,
    spectrum,
    tempo,
)
from audio.timeline.document import Alternative, Beat, Metre, Sampled, Silence, Tempo, Timeline
from audio.timeline.levels import Level
from audio.timeline.onsets import Curve, Onsets

ONSET_RATE = 50
SHORTEST_WITH_BEATS = 2.0  # seconds
NEAR_SOUND = 0.05  # seconds: a beat may stand so far before the sound that it belongs to
LEAST_ALTERNATIVE = 0.01  # confidence of a rival tempo worth naming
Progress = Callable[[float], None]


def analyse(
    samples: NDArray[np.float32],
    sample_rate: int,
    *,
    speakers: Speakers | None = None,
    progress: Progress | None = None,
) -> Timeline:
    """The timeline of (n,) or (n, channels) samples, full scale 1.0, at any rate from 4 kHz.

    `progress` is called with the finished share, from above 0 to 1. Sound that is empty, silent
    or shorter than two seconds gives a timeline without beats; samples that are not finite count
    as silence. Loudness and silences come from every channel, all else from their `downmix`: which
    of them is inverted, or which is left and which is right, changes nothing. `speakers`
    tells what each channel is for, and so weighs in loudness; None is `speakers.assumed`.
    """
    report = progress or (lambda share: None)
    frames = samples[:, None] if samples.ndim == 1 else samples
    if not np.isfinite(frames.sum(dtype=np.float64)):
        frames = np.nan_to_num(frames, nan=0.0, posinf=0.0, neginf=0.0)
    duration = len(frames) / sample_rate
    measured = loudness.measure(frames, sample_rate, speakers)
    report(0.25)
    sound, quiet = _mixed(frames, sample_rate)
    mel, chroma = spectrum.log_mel(sound), spectrum.chroma(sound)
    report(0.5)
    found = onsets.detect(mel)
    ranked = _ranked(found, quiet, duration)
    report(0.8)
    placed, metre = _beats(ranked, found, chroma, quiet)
    times = np.array([beat.time for beat in placed])
    lines = np.array([beat.time for beat in placed if beat.position == 1])
    parts = sections.find(mel, chroma, lines, duration)
    report(0.9)
    timeline = Timeline(
        duration=duration,
        tempo=_tempo(ranked, placed),
        metre=metre,
        beats=placed,
        downbeats=tuple(lines.tolist()),
        loudness=measured,
        silences=tuple(Silence(start, end) for start, end in quiet),
        onset_strength=_onset_curve(found),
        sections=sections.describe(parts, measured, duration),
        arousal=Sampled(arousal.RATE, arousal.arc(measured.momentary, mel, found, times, duration)),
        key=key.estimate(chroma),
    )
    report(1.0)
    return timeline


def _mixed(
    frames: NDArray[np.float32], sample_rate: int
) -> tuple[NDArray[np.float32], list[tuple[float, float]]]:
    """The sound as one channel at `spectrum.RATE`, and the silences of all its channels.

    The channels are taken one after another and lie one after another: neither a copy of the whole
    at its own rate nor a walk across the short axis.
    """
    channels = np.stack(
        [resample(centred(channel), sample_rate, spectrum.RATE) for channel in frames.T]
    ).T
    return downmix(channels), silences.find(channels, spectrum.RATE)


def _ranked(found: Onsets, quiet: list[tuple[float, float]], duration: float) -> list[Level]:
    """Beat sequences, best first; none where there is nothing to beat."""
    sounding = silences.without_breaks(quiet, duration)
    if sounding < SHORTEST_WITH_BEATS or not found.strength.any():
        return []
    metronome = clicks.beats(found)
    if metronome is not None:
        return levels.of_clicks(metronome)
    map_of_tempi = tempo.tempogram(found)
    return levels.rank(found, map_of_tempi, tempo.pulse(map_of_tempi))


def _beats(
    ranked: list[Level], found: Onsets, chroma: spectrum.Frames, quiet: list[tuple[float, float]]
) -> tuple[tuple[Beat, ...], Metre]:
    if not ranked:
        return (), Metre(None, 0.0)
    sure = beats.confidence(found.strength, ranked[0].beats)
    heard = beats.heard(sure)
    times, sure = ranked[0].beats[heard], sure[heard]
    audible = ~silences.inside(times, quiet, NEAR_SOUND)
    times, sure = times[audible], sure[audible]
    bars = downbeats.find(times, found, chroma)
    placed = tuple(
        Beat(float(time), int(position), float(confidence))
        for time, position, confidence in zip(times, bars.positions, sure, strict=True)
    )
    return placed, Metre(bars.beats_per_bar, bars.confidence)


def _tempo(ranked: list[Level], placed: tuple[Beat, ...]) -> Tempo:
    """The tempo of the chosen beats, and its rivals."""
    if len(placed) < 2:
        return Tempo(None, 0.0)
    bpm = _typical_bpm(np.array([beat.time for beat in placed]))
    best, *others = ranked
    alternatives = [
        Alternative(bpm * other.factor / best.factor, other.factor / best.factor, other.confidence)
        for other in sorted(others, key=lambda level: level.confidence, reverse=True)
        if other.confidence >= LEAST_ALTERNATIVE
    ]
    return Tempo(bpm, best.confidence, tuple(alternatives))


def _typical_bpm(times: Curve) -> float:
    """Median over spans of eight beats: single gaps carry the jitter of two onsets."""
    span = min(8, len(times) - 1)
    return float(60 * span / np.median(times[span:] - times[:-span]))


def _onset_curve(found: Onsets) -> Sampled:
    """The flux at ONSET_RATE (the larger of each two frames), 1 at its 99.9th percentile."""
    ratio = spectrum.FRAME_RATE // ONSET_RATE
    flux = found.flux[: len(found.flux) // ratio * ratio].reshape(-1, ratio).max(axis=1)
    top = np.quantile(flux, 0.999) if len(flux) else 0.0
    return Sampled(ONSET_RATE, np.clip(flux / top, 0, 1) if top > 0 else np.zeros(len(flux)))

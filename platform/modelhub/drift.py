"""Whether what a model hears and says still is what it was judged on, by histograms of features.

Features are counted into fixed bins, so a session's state is a few hundred numbers, sessions can be
added up, and nothing of the sound is kept. Pure; numpy in, plain values out.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

Verdict = Literal["too_few", "steady", "warn", "alarm"]

PSI_WARN: Final = 0.1
PSI_ALARM: Final = 0.25
KS_ALPHA: Final = 0.01  # how often an unchanged feature may be called changed
LEAST: Final = 100  # windows on either side; below that a histogram says nothing

_SMOOTHING: Final = 0.5  # counts added to each bin, so that an empty one has a logarithm
_SILENCE: Final = 1e-10  # of power: −100 dB of full scale
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Feature:
    """What is measured of each window, and the bins that it is counted into.

    Edges are equally spaced from `least` to `most`; below and above lie two open bins more.
    """

    name: str
    unit: str
    least: float
    most: float
    bins: int

    @property
    def edges(self) -> NDArray[np.float64]:
        return np.linspace(self.least, self.most, self.bins + 1)


INPUT: Final = (
    Feature("input_rms", "dB of full scale", -90.0, 0.0, 30),
    Feature("input_peak", "dB of full scale", -90.0, 6.0, 32),
    Feature("input_zero_crossings", "share of samples", 0.0, 1.0, 25),
    Feature("input_centroid", "share of the Nyquist frequency", 0.0, 1.0, 25),
)
OUTPUT: Final = (
    Feature("output_mean", "as the model gives it", 0.0, 1.0, 25),
    Feature("output_max", "as the model gives it", 0.0, 1.0, 25),
    Feature("output_entropy", "share of the largest", 0.0, 1.0, 25),
)
FEATURES: Final[Mapping[str, Feature]] = {each.name: each for each in (*INPUT, *OUTPUT)}


def of_input(windows: NDArray[np.float32]) -> dict[str, NDArray[np.float64]]:
    """The input's features of windows `[n, samples]`, full scale = 1.0: `[n]` each.

    input_rms             10 log10 of the mean square, not below −100 dB
    input_peak            20 log10 of the largest magnitude, likewise
    input_zero_crossings  sign changes ÷ (samples − 1); 0 counts as positive
    input_centroid        Σ f·|X(f)| ÷ Σ |X(f)| over the magnitude spectrum of the window under a
                          periodic Hann window, f from 0 to 1 (Nyquist); 0 for silence
    """
    sound = windows.astype(np.float64)
    samples = sound.shape[1]
    changed = np.diff(np.signbit(sound), axis=1)
    spectrum = np.abs(np.fft.rfft(sound * _hann(samples), axis=1))
    frequencies = np.linspace(0, 1, spectrum.shape[1])
    total = spectrum.sum(axis=1)
    return {
        "input_rms": _decibels(np.square(sound).mean(axis=1)),
        "input_peak": _decibels(np.square(np.abs(sound).max(axis=1))),
        "input_zero_crossings": changed.sum(axis=1) / max(1, samples - 1),
        "input_centroid": np.divide(
            spectrum @ frequencies, total, out=np.zeros_like(total), where=total > _TINY
        ),
    }


def of_output(rows: NDArray[np.float32]) -> dict[str, NDArray[np.float64]]:
    """The output's features of rows `[n, …]`: `[n]` each.

    output_mean, output_max   of all values of a row
    output_entropy            Shannon's, of the magnitudes as shares of their sum, ÷ log(values):
                              0 where one value holds everything, 1 where all are equal or zero
    """
    values = rows.reshape(len(rows), -1).astype(np.float64)
    magnitudes = np.abs(values) + _TINY
    shares = magnitudes / magnitudes.sum(axis=1, keepdims=True)
    entropy = -(shares * np.log(shares)).sum(axis=1)
    # A single value has no entropy, and no largest one.
    largest = math.log(values.shape[1]) if values.shape[1] > 1 else 1.0
    return {
        "output_mean": values.mean(axis=1),
        "output_max": values.max(axis=1),
        "output_entropy": np.clip(entropy / largest, 0.0, 1.0),
    }


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of one feature: below its least edge, in each bin, and from its most edge on."""

    feature: Feature
    counts: tuple[int, ...]

    @classmethod
    def empty(cls, feature: Feature) -> Self:
        return cls(feature, (0,) * (feature.bins + 2))

    @property
    def total(self) -> int:
        return sum(self.counts)

    def add(self, values: NDArray[np.float64]) -> "Histogram":
        """With these values counted too; what is not a number is left out."""
        places = np.searchsorted(self.feature.edges, values[~np.isnan(values)], side="right")
        more = np.bincount(places, minlength=len(self.counts))
        return Histogram(self.feature, _sum(self.counts, more.tolist()))

    def merge(self, other: "Histogram") -> "Histogram":
        """Two sessions as one; raises ValueError for different features."""
        if self.feature != other.feature:
            raise ValueError(f"{self.feature.name} is not {other.feature.name}")
        return Histogram(self.feature, _sum(self.counts, other.counts))


@dataclass(frozen=True, slots=True)
class Statistics:
    """The histograms of a session, or of a reference, by feature."""

    histograms: Mapping[str, Histogram]

    @classmethod
    def empty(cls) -> Self:
        return cls({name: Histogram.empty(feature) for name, feature in FEATURES.items()})

    def add(self, values: Mapping[str, NDArray[np.float64]]) -> "Statistics":
        """With the values of some features counted too, as `of_input` and `of_output` give them."""
        added = {name: self.histograms[name].add(each) for name, each in values.items()}
        return Statistics({**self.histograms, **added})

    def merge(self, other: "Statistics") -> "Statistics":
        """Two sessions as one."""
        return Statistics(
            {name: each.merge(other.histograms[name]) for name, each in self.histograms.items()}
        )

    def to_json(self) -> dict[str, list[int]]:
        """The counts by feature: what is stored."""
        return {name: list(each.counts) for name, each in self.histograms.items()}

    @classmethod
    def from_json(cls, stored: object) -> Self:
        """Read what `to_json` gave; raises ValueError for anything else."""
        if not isinstance(stored, Mapping) or stored.keys() != FEATURES.keys():
            raise ValueError(f"statistics have exactly {', '.join(FEATURES)}")
        return cls({name: _read(FEATURES[name], counts) for name, counts in stored.items()})


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one feature is from its reference. `ks_critical` is what `ks` must not pass."""

    feature: str
    psi: float
    ks: float
    ks_critical: float
    verdict: Verdict


def compare(reference: Statistics, session: Statistics) -> tuple[Drift, ...]:
    """Judge every feature of a session against the reference."""
    return tuple(
        drift(each, session.histograms[name]) for name, each in reference.histograms.items()
    )


def drift(reference: Histogram, seen: Histogram) -> Drift:
    """Judge one feature: an alarm needs both a PSI of 0.25 and a KS beyond chance.

    The PSI says how much has moved and knows nothing of how few were counted; the KS says whether
    that can be chance and, of very many, calls everything a change. So each guards the other.
    """
    index, distance = psi(reference.counts, seen.counts), ks(reference.counts, seen.counts)
    if min(reference.total, seen.total) < LEAST:
        return Drift(seen.feature.name, index, distance, 1.0, "too_few")
    critical = ks_critical(reference.total, seen.total)
    return Drift(seen.feature.name, index, distance, critical, _verdict(index, distance > critical))


def psi(reference: Sequence[int], seen: Sequence[int]) -> float:
    """Population stability index, Σ (q − p) · ln(q ÷ p) over the bins' shares p and q; 0 and more.

    The symmetrised Kullback–Leibler divergence (Jeffreys 1946), with the bounds 0.1 and 0.25 that
    credit scoring uses (Siddiqi, Credit Risk Scorecards, 2006). Half a count is added to each bin.
    """
    p, q = _shares(reference), _shares(seen)
    return float(((q - p) * np.log(q / p)).sum())


def ks(reference: Sequence[int], seen: Sequence[int]) -> float:
    """Kolmogorov–Smirnov distance: the largest gap of the cumulative shares at the bins' edges.

    Of values within bins this is at most the distance of the values themselves; 0 where either side
    has none.
    """
    n, m = sum(reference), sum(seen)
    if not n or not m:
        return 0.0
    return float(np.abs(np.cumsum(reference) / n - np.cumsum(seen) / m).max())


def ks_critical(n: int, m: int, alpha: float = KS_ALPHA) -> float:
    """The distance that two samples of one distribution pass with a probability of `alpha`.

    sqrt(−ln(α ÷ 2) ÷ 2) · sqrt((n + m) ÷ (n · m)), Smirnov's limit for large samples (Smirnov 1948;
    Knuth, The Art of Computer Programming 2, 3.3.1). Bins only make the test more cautious.
    """
    return math.sqrt(-math.log(alpha / 2) / 2) * math.sqrt((n + m) / (n * m))


def _verdict(index: float, beyond_chance: bool) -> Verdict:
    if not beyond_chance or index < PSI_WARN:
        return "steady"
    return "alarm" if index >= PSI_ALARM else "warn"


def _shares(counts: Sequence[int]) -> NDArray[np.float64]:
    smoothed = np.asarray(counts, np.float64) + _SMOOTHING
    shares: NDArray[np.float64] = smoothed / smoothed.sum()
    return shares


def _sum(counts: Sequence[int], more: Sequence[int]) -> tuple[int, ...]:
    return tuple(one + other for one, other in zip(counts, more, strict=True))


def _read(feature: Feature, counts: Any) -> Histogram:
    whole = isinstance(counts, list) and all(type(each) is int and each >= 0 for each in counts)
    if not whole or len(counts) != feature.bins + 2:
        raise ValueError(f"{feature.name} has {feature.bins + 2} counts")
    return Histogram(feature, tuple(counts))


def _hann(samples: int) -> NDArray[np.float64]:
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(samples) / samples)


def _decibels(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return 10 * np.log10(np.maximum(power, _SILENCE))

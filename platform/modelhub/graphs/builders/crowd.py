"""The graphs of the crowd's features: each version's `measure`, operation by operation."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from audio.crowd import FRAME_SAMPLES, Version, spectrum, vocal_band
from audio.crowd.ramps_1 import RAMPS_1
from audio.crowd.ramps_2 import RAMPS_2
from modelhub.graphs import bases
from modelhub.graphs.builders import transforms
from modelhub.graphs.builders.drawing import Drawing

_TO_DECIBELS = 10 / np.log(10)  # there is no logarithm to the base of ten


def features() -> Iterator[onnx.ModelProto]:
    """A graph for each version: windows and the partials of three frames ago in, `Window` out."""
    yield _graph(RAMPS_1, spectrum.SUMS, total=0, a_weighted=1, vocal=2, timbre=_first)
    yield _graph(RAMPS_2, vocal_band.SUMS, total=1, a_weighted=0, vocal=1, timbre=_second)


@dataclass(frozen=True)
class _Heard:
    """What every version's measures are made of, as names of the drawing's values."""

    windows: str
    newest: str
    power: str
    shares: str
    logarithms: str


def _graph(
    version: Version,
    sums_of: NDArray[np.float32],
    *,
    total: int,
    a_weighted: int,
    vocal: int,
    timbre: Callable[[Drawing, _Heard], tuple[list[str], list[str], slice]],
) -> onnx.ModelProto:
    """`timbre` gives the measures before persistence, those after it, and its partials' bins."""
    d = Drawing(f"features-{version.name}")
    windows = d.input("windows", ("streams", spectrum.WINDOW_SAMPLES))
    earlier = d.input("earlier_partials", ("streams", spectrum.PARTIALS))
    power = _power(d, windows)
    sums = d.op("MatMul", power, d.constant(sums_of))
    whole = d.op("Max", _column(d, sums, total), d.number(float(spectrum.LEAST_POWER)))
    relative = d.op("Div", power, whole)
    logarithms = d.op("Log", d.op("Add", relative, d.number(float(spectrum.LEAST_SHARE))))
    newest = d.slice(windows, 1, -FRAME_SAMPLES)
    heard = _Heard(windows, newest, power, d.op("Div", sums, whole), logarithms)
    before, after, bins = timbre(d, heard)
    partials = _partials(d, d.slice(logarithms, 1, bins.start, bins.stop))
    persistence = d.summed(d.op("Mul", partials, earlier), 1, keep=True)
    columns = [*before, persistence, *after]
    loudness = d.op("Mul", _energy(d, newest, keep=False), d.number(1 / FRAME_SAMPLES))
    return d.finish(
        {
            "power": (loudness, ("streams",)),
            "a_weighted": (_vector(d, sums, a_weighted), ("streams",)),
            "vocal": (_vector(d, sums, vocal), ("streams",)),
            "timbre": (d.concat(*columns, axis=1), ("streams", len(version.measures))),
            "partials": (partials, ("streams", spectrum.PARTIALS)),
        },
        f"What windows of 32 ms at 16 kHz sound like to {version.name}.",
    )


def _first(d: Drawing, heard: _Heard) -> tuple[list[str], list[str], slice]:
    shares = heard.shares
    measures = [
        d.slice(shares, 1, 5),  # rumble, low, clap, centroid
        _effort(d, _column(d, shares, 4), _column(d, shares, 6)),
        _flatness(d, heard.logarithms, spectrum.FLATNESS_BINS, _column(d, shares, 3)),
        _voicing(d, heard.power, spectrum.VOICE_BINS),
        _bursts(d, heard.windows, heard.newest),
    ]
    return measures, [], spectrum.PARTIAL_BINS


def _second(d: Drawing, heard: _Heard) -> tuple[list[str], list[str], slice]:
    shares, logarithms = heard.shares, heard.logarithms
    # treble, rumble
    beyond = d.op("Min", d.slice(shares, 1, 6, 8), d.number(float(vocal_band.MOST_BEYOND)))
    measures = [
        d.slice(shares, 1, 4, 6),  # low, clap
        d.slice(shares, 1, 8),  # centroid
        _effort(d, _column(d, shares, 3), _column(d, shares, 4)),
        _flatness(d, logarithms, spectrum.FLATNESS_BINS, _column(d, shares, 2)),
        _flatness(d, logarithms, vocal_band.EVENNESS_BINS, _column(d, shares, 1)),
        _voicing(d, heard.power, vocal_band.EVENNESS_BINS),
        _bursts(d, heard.windows, heard.newest),
    ]
    return measures, [beyond], vocal_band.PARTIAL_BINS


def _power(d: Drawing, windows: str) -> str:
    """Power per bin, scaled as `audio.crowd` scales its window."""
    matrices = bases.of_pairs(spectrum.WINDOW_SAMPLES)
    scale = np.float32(spectrum.WINDOW.max())  # a Hann window's own greatest value is 1
    columns = d.transpose(windows, 1, 0)
    grid = d.reshape(columns, 1, 1, transforms.POINTS, -1, d.length(windows, 0))
    frames = d.transpose(grid, 0, 1, 3, 2, 4)
    pairs = transforms.analysed(
        d,
        frames,
        d.constant(matrices["analyse_columns"] * scale),
        d.constant(matrices["analyse_rows"]),
    )
    return d.transpose(d.op("Squeeze", transforms.power(d, pairs), d.whole(0)), 1, 0)


def _effort(d: Drawing, raised: str, low: str) -> str:
    upper = d.op("Add", raised, d.number(float(spectrum.LEAST_SHARE)))
    lower = d.op("Add", low, d.number(float(spectrum.LEAST_EFFORT_SHARE)))
    return d.op("Mul", d.op("Log", d.op("Div", upper, lower)), d.number(_TO_DECIBELS))


def _flatness(d: Drawing, logarithms: str, bins: slice, share: str) -> str:
    each = 1 / (bins.stop - bins.start)
    whole = d.summed(d.slice(logarithms, 1, bins.start, bins.stop), 1, keep=True)
    geometric = d.op("Exp", d.op("Mul", whole, d.number(each)))
    arithmetic = d.op("Mul", share, d.number(each))
    return d.op("Div", geometric, d.op("Add", arithmetic, d.number(float(spectrum.LEAST_SHARE))))


def _voicing(d: Drawing, power: str, bins: slice) -> str:
    magnitude = d.op("Sqrt", d.slice(power, 1, bins.start, bins.stop))
    lags = d.op("MatMul", magnitude, d.constant(_lags(bins)))
    peak = d.op("ReduceMax", d.slice(lags, 1, 1), axes=[1], keepdims=1)
    itself = d.op("Max", _column(d, lags, 0), d.number(float(spectrum.LEAST_POWER)))
    return d.op("Div", peak, itself)


def _lags(voiced: slice) -> NDArray[np.float32]:
    """From the bins of a voice back to lag 0 and the lags of a voice, with their gain."""
    points = spectrum.WINDOW_SAMPLES // 2
    bins = np.arange(voiced.start, voiced.stop)
    lags = np.arange(spectrum.VOICE_LAGS.start, spectrum.VOICE_LAGS.stop)
    weights = np.where(bins == points // 2, 1, 2) / points  # the last bin has no conjugate
    waves = bases.roots(np.outer(bins, np.concatenate([[0], lags])), points).real
    gains = np.concatenate([[1], spectrum.LAG_GAIN])
    lag_matrix: NDArray[np.float32] = (weights[:, np.newaxis] * waves * gains).astype(np.float32)
    return lag_matrix


def _bursts(d: Drawing, windows: str, newest: str) -> str:
    before = d.slice(windows, 1, -FRAME_SAMPLES - 1, -1)
    steps = d.op("Sub", newest, before)
    pieces = d.reshape(steps, -1, spectrum.BURSTS, spectrum.BURST_SAMPLES)
    energy = d.summed(d.op("Mul", pieces, pieces), 2, keep=False)
    whole = d.op("Max", d.summed(energy, 1, keep=True), d.number(float(spectrum.LEAST_POWER)))
    relative = _energy(d, d.op("Div", energy, whole), keep=True)
    spread = d.op("Sub", d.op("Mul", relative, d.number(spectrum.BURSTS)), d.number(1))
    return d.op("Sqrt", d.op("Max", spread, d.number(0)))


def _partials(d: Drawing, fine: str) -> str:
    comb = spectrum.COMB_BINS
    neighbours = d.op("Add", d.slice(fine, 1, 0, -2 * comb), d.slice(fine, 1, 2 * comb))
    middle = d.slice(fine, 1, comb, -comb)
    standing = d.op("Sub", middle, d.op("Mul", neighbours, d.number(0.5)))
    length = d.op("Sqrt", _energy(d, standing, keep=True))
    return d.op("Div", standing, d.op("Max", length, d.number(float(spectrum.LEAST_POWER))))


def _energy(d: Drawing, values: str, *, keep: bool) -> str:
    return d.summed(d.op("Mul", values, values), 1, keep=keep)


def _column(d: Drawing, values: str, place: int) -> str:
    return d.slice(values, 1, place, place + 1)


def _vector(d: Drawing, values: str, place: int) -> str:
    return d.op("Squeeze", _column(d, values, place), d.whole(1))

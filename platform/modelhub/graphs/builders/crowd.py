"""The graph of the crowd's features: `audio.crowd.spectrum.measure`, operation by operation."""

import numpy as np
import onnx
from numpy.typing import NDArray

from audio.crowd import FRAME_SAMPLES
from audio.crowd import spectrum as crowd
from modelhub.graphs import bases
from modelhub.graphs.builders import transforms
from modelhub.graphs.builders.drawing import Drawing

_TO_DECIBELS = 10 / np.log(10)  # there is no logarithm to the base of ten


def features() -> onnx.ModelProto:
    """Windows and the partials of three frames ago in, the fields of `Window` out."""
    d = Drawing(f"features-{crowd.WINDOW_SAMPLES}")
    windows = d.input("windows", ("streams", crowd.WINDOW_SAMPLES))
    earlier = d.input("earlier_partials", ("streams", crowd.PARTIALS))
    power = _power(d, windows)
    sums = d.op("MatMul", power, d.constant(crowd.SUMS))
    total = d.op("Max", _column(d, sums, 0), d.number(float(crowd.LEAST_POWER)))
    relative = d.op("Div", power, total)
    logarithms = d.op("Log", d.op("Add", relative, d.number(float(crowd.LEAST_SHARE))))
    shares = d.op("Div", sums, total)
    partials = _partials(d, logarithms)
    newest = d.slice(windows, 1, -FRAME_SAMPLES)
    timbre = d.concat(
        d.slice(shares, 1, 5),  # rumble, low, clap, centroid
        _effort(d, _column(d, shares, 4), _column(d, shares, 6)),
        _flatness(d, logarithms, _column(d, shares, 3)),
        _voicing(d, power),
        _bursts(d, windows, newest),
        d.summed(d.op("Mul", partials, earlier), 1, keep=True),
        axis=1,
    )
    loudness = d.op("Mul", _energy(d, newest, keep=False), d.number(1 / FRAME_SAMPLES))
    return d.finish(
        {
            "power": (loudness, ("streams",)),
            "a_weighted": (_vector(d, sums, 1), ("streams",)),
            "vocal": (_vector(d, sums, 2), ("streams",)),
            "timbre": (timbre, ("streams", len(crowd.MEASURES))),
            "partials": (partials, ("streams", crowd.PARTIALS)),
        },
        "What windows of 32 ms at 16 kHz sound like.",
    )


def _power(d: Drawing, windows: str) -> str:
    """Power per bin, scaled as `audio.crowd` scales its window."""
    matrices = bases.of_pairs(crowd.WINDOW_SAMPLES)
    scale = np.float32(crowd.WINDOW.max())  # a Hann window's own greatest value is 1
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
    upper = d.op("Add", raised, d.number(float(crowd.LEAST_SHARE)))
    lower = d.op("Add", low, d.number(float(crowd.LEAST_EFFORT_SHARE)))
    return d.op("Mul", d.op("Log", d.op("Div", upper, lower)), d.number(_TO_DECIBELS))


def _flatness(d: Drawing, logarithms: str, share: str) -> str:
    bins = crowd.FLATNESS_BINS
    each = 1 / (bins.stop - bins.start)
    whole = d.summed(d.slice(logarithms, 1, bins.start, bins.stop), 1, keep=True)
    geometric = d.op("Exp", d.op("Mul", whole, d.number(each)))
    arithmetic = d.op("Mul", share, d.number(each))
    return d.op("Div", geometric, d.op("Add", arithmetic, d.number(float(crowd.LEAST_SHARE))))


def _voicing(d: Drawing, power: str) -> str:
    bins = crowd.VOICE_BINS
    magnitude = d.op("Sqrt", d.slice(power, 1, bins.start, bins.stop))
    lags = d.op("MatMul", magnitude, d.constant(_lags()))
    peak = d.op("ReduceMax", d.slice(lags, 1, 1), axes=[1], keepdims=1)
    itself = d.op("Max", _column(d, lags, 0), d.number(float(crowd.LEAST_POWER)))
    return d.op("Div", peak, itself)


def _lags() -> NDArray[np.float32]:
    """From the bins of a voice back to lag 0 and the lags of a voice, with their gain."""
    points = crowd.WINDOW_SAMPLES // 2
    bins = np.arange(crowd.VOICE_BINS.start, crowd.VOICE_BINS.stop)
    lags = np.arange(crowd.VOICE_LAGS.start, crowd.VOICE_LAGS.stop)
    weights = np.where(bins == points // 2, 1, 2) / points  # the last bin has no conjugate
    waves = bases.roots(np.outer(bins, np.concatenate([[0], lags])), points).real
    gains = np.concatenate([[1], crowd.LAG_GAIN])
    lag_matrix: NDArray[np.float32] = (weights[:, np.newaxis] * waves * gains).astype(np.float32)
    return lag_matrix


def _bursts(d: Drawing, windows: str, newest: str) -> str:
    before = d.slice(windows, 1, -FRAME_SAMPLES - 1, -1)
    steps = d.op("Sub", newest, before)
    pieces = d.reshape(steps, -1, crowd.BURSTS, crowd.BURST_SAMPLES)
    energy = d.summed(d.op("Mul", pieces, pieces), 2, keep=False)
    whole = d.op("Max", d.summed(energy, 1, keep=True), d.number(float(crowd.LEAST_POWER)))
    relative = _energy(d, d.op("Div", energy, whole), keep=True)
    spread = d.op("Sub", d.op("Mul", relative, d.number(crowd.BURSTS)), d.number(1))
    return d.op("Sqrt", d.op("Max", spread, d.number(0)))


def _partials(d: Drawing, logarithms: str) -> str:
    fine = d.slice(logarithms, 1, crowd.PARTIAL_BINS.start, crowd.PARTIAL_BINS.stop)
    comb = crowd.COMB_BINS
    neighbours = d.op("Add", d.slice(fine, 1, 0, -2 * comb), d.slice(fine, 1, 2 * comb))
    middle = d.slice(fine, 1, comb, -comb)
    standing = d.op("Sub", middle, d.op("Mul", neighbours, d.number(0.5)))
    length = d.op("Sqrt", _energy(d, standing, keep=True))
    return d.op("Div", standing, d.op("Max", length, d.number(float(crowd.LEAST_POWER))))


def _energy(d: Drawing, values: str, *, keep: bool) -> str:
    return d.summed(d.op("Mul", values, values), 1, keep=keep)


def _column(d: Drawing, values: str, place: int) -> str:
    return d.slice(values, 1, place, place + 1)


def _vector(d: Drawing, values: str, place: int) -> str:
    return d.op("Squeeze", _column(d, values, place), d.whole(1))

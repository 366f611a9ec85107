"""The matrices that carry a frame length into a graph: window, transform and inverse, in float32.

Made in float64 and kept: they depend on the frame length alone, a power of two of at least 64.
`modelhub.graphs.builders.transforms` says what multiplies what.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Bases = dict[str, Matrix]
_Complex = NDArray[np.complex128]

_POINTS = 32
_HALF_POINTS = _POINTS // 2 + 1
_WINDOW_POWER = 1.5  # what the squares of a quarter-overlapping Hann window add up to


@lru_cache(maxsize=8)
def of_pairs(size: int) -> Bases:
    """All bins, in two steps there and back."""
    columns = size // _POINTS
    window = _hann(size).reshape(_POINTS, columns)
    there = _turns(_HALF_POINTS, _POINTS, _POINTS)  # (17, 32)
    weights = np.where(np.arange(_HALF_POINTS) % (_POINTS // 2), 2.0, 1.0) / size / _WINDOW_POWER
    back = (weights[:, None] * there.conj()).T  # (32, 17)
    return {
        "analyse_columns": _real_of_real(window.T[:, None, :] * there, axis=1),
        "analyse_rows": np.stack([_analyse_row(each, columns) for each in range(_HALF_POINTS)]),
        "synthesise_rows": np.stack(
            [_synthesise_row(each, columns) for each in range(_HALF_POINTS)]
        ),
        "synthesise_columns": _real_part(window.T[:, :, None] * back),
    }


@lru_cache(maxsize=8)
def of_low_bins(size: int, band: tuple[float, ...]) -> Bases:
    """The lowest bins, each hop once; `band` weighs each of them on the way back.

    A Hann window of a transform is three of its neighbouring bins, so one bin more is taken.
    """
    count = len(band)
    turns = _turns(count + 1, size // 4, size)
    parts = np.concatenate([turns.real, turns.imag])
    quarters = [_windowed(count, quarter) for quarter in range(4)]
    weights = np.where(np.arange(count), 2.0, 1.0) * np.array(band) / size / _WINDOW_POWER
    return {
        "analyse": parts.T.astype(np.float32),
        "join": np.concatenate([_real_parts(*each) for each in quarters], axis=1),
        "spread": np.stack([_spread(*each, weights) for each in quarters]),
        "synthesise": parts.astype(np.float32),
    }


def _windowed(count: int, quarter: int) -> tuple[_Complex, _Complex]:
    """A quarter's bins to the frame's windowed ones, and the same for the conjugates."""
    turns = np.array([1, -1j, -1, 1j])[np.arange(count + 1) * quarter % 4]
    window = 0.5 * np.eye(count, count + 1)
    window -= 0.25 * (np.eye(count, count + 1, 1) + np.eye(count, count + 1, -1))
    straight: _Complex = window * turns
    turned = np.zeros(straight.shape, dtype=np.complex128)
    turned[0, 1] = -0.25 * turns[1].conj()  # the bin below 0 Hz is the conjugate of the first
    return straight, turned


def _spread(straight: _Complex, turned: _Complex, weights: NDArray[np.float64]) -> Matrix:
    """The way back: as a real matrix it is the transpose, each bin weighed."""
    both = _real_parts(straight, turned) * np.tile(weights, 2)[:, np.newaxis]
    return both.T.astype(np.float32)


def _real_parts(straight: _Complex, turned: _Complex) -> Matrix:
    """The real matrix of z -> straight · z + turned · conj(z); all real parts come first."""
    top = np.concatenate([straight.real + turned.real, turned.imag - straight.imag], axis=1)
    low = np.concatenate([straight.imag + turned.imag, straight.real - turned.real], axis=1)
    return np.concatenate([top, low]).astype(np.float32)


def _hann(size: int) -> NDArray[np.float64]:
    return np.hanning(size + 1)[:-1]


def roots(steps: NDArray[np.integer[Any]], points: int) -> _Complex:
    """exp(2πi · steps / points), the same bits on every machine once they are float32.

    What should be nothing is some 1e-17, another for each make of cosine: it is rounded away.
    """
    turns = np.exp(2j * np.pi * (steps % points) / points)
    exact: _Complex = np.round(turns, 15) + 0  # and there is but one zero
    return exact


def _turns(rows: int, columns: int, points: int) -> _Complex:
    """exp(-2πi · row · column / points)."""
    return roots(-np.outer(np.arange(rows), np.arange(columns)), points)


def _analyse_row(point: int, columns: int) -> Matrix:
    """From the columns' transforms at one point to both its bins; out: part, side, bin."""
    half = columns // 2
    bins = _POINTS * np.arange(half)[:, None]
    across = np.arange(columns)
    near = roots(-(bins + point) * across, columns * _POINTS)
    far = roots(-(bins + _POINTS - point) * across, columns * _POINTS)
    nothing = np.zeros_like(near)
    # The far side sees the conjugates: a real signal's transform at 32 - point.
    return _real(np.concatenate([near, nothing]), np.concatenate([nothing, far]), of_values=True)


def _synthesise_row(point: int, columns: int) -> Matrix:
    """From both bins of a point, and what a real signal has at the others, to the columns."""
    straight = np.zeros((columns, columns), dtype=np.complex128)  # (column, side and bin)
    turned = np.zeros_like(straight)
    for row in range(columns):
        turn = roots(np.arange(columns) * (point + _POINTS * row), columns * _POINTS)
        source, conjugated = _source(point, row, columns)
        (turned if conjugated else straight)[:, source] += turn
    return _real(straight, turned, of_values=False)


def _source(point: int, row: int, columns: int) -> tuple[int, bool]:
    """Where bin point + 32 · row stands among both sides, and whether its conjugate is meant."""
    half = columns // 2
    if row < half:
        return row, False
    if point == 0:
        return (columns - 1, False) if row == half else (columns - row, True)
    if point == _POINTS // 2:
        return columns - 1 - row, True
    return half + columns - 1 - row, True


def _real(straight: _Complex, turned: _Complex, *, of_values: bool) -> Matrix:
    """The real matrix of z -> straight · z + turned · conj(z).

    Values interleave their parts, (column, part), and bins stand apart, (part, side and bin):
    `of_values` says that z are values and the result bins, else it is the other way round.
    """
    both = np.array(
        [
            [straight.real + turned.real, turned.imag - straight.imag],
            [straight.imag + turned.imag, straight.real - turned.real],
        ]
    )  # (part out, part in, out, in)
    out, into = straight.shape
    order = (0, 2, 3, 1) if of_values else (2, 0, 1, 3)
    return both.transpose(order).reshape(2 * out, 2 * into).astype(np.float32)


def _real_of_real(matrices: _Complex, axis: int) -> Matrix:
    """Complex rows as pairs of real ones, for real input."""
    parts = np.stack([matrices.real, matrices.imag], axis=axis + 1)
    count, rows, _, columns = parts.shape
    return parts.reshape(count, 2 * rows, columns).astype(np.float32)


def _real_part(matrices: _Complex) -> Matrix:
    """The real part of a product, whose columns are pairs of parts."""
    parts = np.stack([matrices.real, -matrices.imag], axis=-1)
    return parts.reshape(*matrices.shape[:2], -1).astype(np.float32)

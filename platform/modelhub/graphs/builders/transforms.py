"""The short-time Fourier transform and its inverse as matrix products, frames along the last axis.

A frame of 32 · m samples is transformed in two steps (Cooley and Tukey, 1965): 32-point transforms
of every m-th sample, then m-point ones, window and twiddle factors inside the matrices, which a
run brings (`modelhub.graphs.bases`), so that a graph serves every frame length. Sound comes and
goes as hops, a quarter of a frame each, in an even and an odd phase: (batch, channels, pairs,
phase 2, row 8, column m). Frames stand with all even ones first. Spectra come in pairs of bins
that share a 32-point transform: (batch, channels, 17, real and imaginary 2, side 2, m / 2, frames).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from modelhub.graphs.builders.drawing import Drawing

HOPS = ("batch", "channels", "pairs", 2, 8, "columns")
OUT = ("batch", "channels", "pairs_out", 2, 8, "columns")
QUARTERS = 4
POINTS = 32
HALF_POINTS = POINTS // 2 + 1  # of which the others are the conjugates
ROWS = POINTS // QUARTERS


def framed(d: Drawing, hops: str) -> str:
    """Hops to frames, (batch, channels, m, 32, frames): the last four hops belong to no frame."""
    samples = d.reshape(hops, 0, 0, 0, -1)
    # In two steps: ONNX Runtime is fast where one axis moves, and where the last one stays.
    turned = d.transpose(samples, 0, 1, 3, 2)
    apart = d.reshape(turned, 0, 0, 2, ROWS, -1, d.length(hops, 2))
    return d.concat(*late(d, d.transpose(apart, 0, 1, 2, 4, 3, 5), 4), axis=3)


def late(d: Drawing, hops: str, axis: int) -> list[str]:
    """The four quarters of every frame, out of (batch, channels, phase 2, …, pairs).

    Frames stand along `axis`, the last one when the phase's axis is gone.
    """
    phases = [d.op("Gather", hops, d.constant(_index(phase)), axis=2) for phase in (0, 1)]
    places = range(QUARTERS + 1)
    rows = [_shifted(d, phases[place % 2], place // 2, axis) for place in places]
    return [d.concat(rows[quarter], rows[quarter + 1], axis=axis) for quarter in range(QUARTERS)]


def spectrum(d: Drawing, hops: str) -> str:
    """Hops to the pairs of bins, by matrices that the run brings."""
    columns = d.input("analyse_columns", ("columns", 2 * HALF_POINTS, POINTS))
    rows = d.input("analyse_rows", (HALF_POINTS, "parts", "parts"))
    return analysed(d, framed(d, hops), columns, rows)


def analysed(d: Drawing, frames: str, columns: str, rows: str) -> str:
    """Frames to the pairs of bins, (batch, channels, 17, 2 m, frames)."""
    first = d.op("MatMul", columns, frames)
    apart = d.reshape(first, 0, 0, 0, HALF_POINTS, 2, -1)
    turned = d.transpose(apart, 0, 1, 3, 2, 4, 5)
    merged = d.reshape(turned, 0, 0, HALF_POINTS, -1, d.length(frames, 4))
    return d.op("MatMul", rows, merged)


def synthesised(d: Drawing, pairs: str) -> str:
    """Pairs of bins back to hops; a frame and a half at either end have no neighbours and go."""
    rows = d.input("synthesise_rows", (HALF_POINTS, "parts", "parts"))
    columns = d.input("synthesise_columns", ("columns", POINTS, 2 * HALF_POINTS))
    first = d.op("MatMul", rows, pairs)
    apart = d.reshape(first, 0, 0, HALF_POINTS, -1, 2, d.length(pairs, 4))
    turned = d.transpose(apart, 0, 1, 3, 2, 4, 5)
    merged = d.reshape(turned, 0, 0, 0, 2 * HALF_POINTS, -1)
    apart = d.reshape(d.op("MatMul", columns, merged), 0, 0, 0, POINTS, 2, -1)
    quarters = [
        d.slice(apart, 3, quarter * ROWS, (quarter + 1) * ROWS) for quarter in range(QUARTERS)
    ]
    added = d.transpose(overlapped(d, quarters), 0, 1, 2, 4, 3, 5)
    pairs_out = d.length(added, 5)
    turned = d.transpose(d.reshape(added, 0, 0, -1, pairs_out), 0, 1, 3, 2)
    return d.reshape(turned, 0, 0, 0, 2, ROWS, -1)


def overlapped(d: Drawing, quarters: Sequence[str]) -> str:
    """Add up what falls on one hop: (batch, channels, x, y, phase 2, half of the frames) each.

    To (batch, channels, phase 2, x, y, pairs).
    """
    phases = []
    for phase in (0, 1):
        total = ""
        for quarter, part in enumerate(quarters):
            place = phase + QUARTERS - 1 - quarter
            row = d.op("Gather", part, d.constant(_index(place % 2)), axis=4)
            moved = _shifted(d, row, place // 2, 4)
            total = d.op("Add", total, moved) if total else moved
        phases.append(d.op("Unsqueeze", total, d.whole(2)))
    return d.concat(*phases, axis=2)


def power(d: Drawing, pairs: str) -> str:
    """Energy per bin, all channels together, bins in their order: (batch, bins, frames)."""
    frames = d.length(pairs, 4)
    parts = d.reshape(pairs, 0, 0, HALF_POINTS, 2, -1, frames)
    whole = over_channels(d, energy(d, parts, 3))
    return in_order(d, d.reshape(whole, 0, HALF_POINTS, -1, frames))


def over_channels(d: Drawing, values: str) -> str:
    """The sum over the second axis, flat: (batch, 1, all that is behind it).

    As a product with ones: ONNX Runtime's reductions of a middle axis are many times slower.
    """
    shape = d.concat(d.whole(1), d.length(values, 1), axis=0)
    ones = d.op("Expand", d.number(1), shape)
    return d.op("MatMul", ones, d.reshape(values, 0, 0, -1))


def energy(d: Drawing, parts: str, axis: int) -> str:
    """The squares of the real and the imaginary part, which stand along an axis, added up."""
    real, imaginary = (
        d.op("Gather", parts, d.constant(_index(each)), axis=axis) for each in (0, 1)
    )
    return d.op("Add", d.op("Mul", real, real), d.op("Mul", imaginary, imaginary))


def in_order(d: Drawing, values: str) -> str:
    """(batch, 17, m, frames) of pairs to (batch, bins, frames), from 0 Hz to half the rate."""
    frames = d.length(values, 3)
    sides = d.reshape(values, 0, HALF_POINTS, 2, -1, frames)
    near, far = (d.op("Gather", sides, d.constant(_index(side)), axis=2) for side in (0, 1))
    turned = d.transpose(d.concat(near, _backwards(d, far, 15, 0), axis=1), 0, 2, 1, 3)
    body = d.reshape(turned, 0, -1, frames)
    last = d.slice(d.slice(far, 1, 0, 1), 2, -1)
    return d.concat(body, d.reshape(last, 0, 1, -1), axis=1)


def in_pairs(d: Drawing, values: str) -> str:
    """What `in_order` undid; of two bins that are one, the second may hold anything finite."""
    frames = d.length(values, 2)
    grid = d.reshape(d.slice(values, 1, 0, -1), 0, -1, POINTS, frames)
    turned = d.transpose(grid, 0, 2, 1, 3)
    last = d.op("Unsqueeze", d.slice(values, 1, -1), d.whole(1))
    first = d.concat(d.slice(d.slice(turned, 1, 0, 1), 2, 1), last, axis=2)
    middle = d.slice(turned, 1, HALF_POINTS - 1, HALF_POINTS)
    far = d.concat(first, _backwards(d, turned, POINTS - 1, HALF_POINTS - 1), middle, axis=1)
    near = d.slice(turned, 1, 0, HALF_POINTS)
    sides = d.concat(
        d.op("Unsqueeze", near, d.whole(2)), d.op("Unsqueeze", far, d.whole(2)), axis=2
    )
    return d.reshape(sides, 0, HALF_POINTS, -1, frames)


def masked(d: Drawing, pairs: str, mask: str) -> str:
    """Pairs under a mask of (batch, 17, m, frames), the same for all channels."""
    frames = d.length(pairs, 4)
    parts = d.reshape(pairs, 0, 0, HALF_POINTS, 2, -1, frames)
    kept = d.op("Mul", parts, d.op("Unsqueeze", mask, d.whole(1, 3)))
    return d.reshape(kept, 0, 0, HALF_POINTS, -1, frames)


def within(d: Drawing, values: str, axis: int, lead: int) -> str:
    """Without the first and last `lead` frames (an even number) along the last axis, `axis`."""
    if not lead:
        return values
    lengths = [0] * axis
    phases = d.reshape(values, *lengths, 2, -1)
    inner = d.slice(phases, axis + 1, lead // 2, -lead // 2)
    return d.reshape(inner, *lengths, -1)


def _shifted(d: Drawing, row: str, places: int, axis: int) -> str:
    """The row two places shorter, from so many places on."""
    return d.slice(row, axis, places, *([places - 2] if places < 2 else []))


def _backwards(d: Drawing, value: str, first: int, beyond: int) -> str:
    return d.op("Slice", value, d.whole(first), d.whole(beyond), d.whole(1), d.whole(-1))


def _index(place: int) -> NDArray[np.int64]:
    return np.array(place, dtype=np.int64)

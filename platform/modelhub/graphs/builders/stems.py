"""The graphs of the stems `percussive`, `harmonic` and `bass`: two medians share out every bin."""

import onnx

from modelhub.graphs.builders import transforms
from modelhub.graphs.builders.drawing import Drawing
from modelhub.graphs.builders.medians import Rows, sliding

TINY = 1e-20  # as in audio.stems.masks: silence divided by silence is no share


def percussive(frames: int, bins: int) -> onnx.ModelProto:
    """Medians over so many frames and bins, both odd; `stem` turns the share into a mask."""
    d = Drawing(f"percussive-{frames}x{bins}")
    hops = d.input("hops", transforms.HOPS)
    bias = d.input("bias", ())
    stem = d.input("stem", (2,))
    pairs = transforms.spectrum(d, hops)
    share = hits(d, transforms.power(d, pairs), frames, bins, bias)
    mask = d.op("Add", d.slice(stem, 0, 0, 1), d.op("Mul", d.slice(stem, 0, 1, 2), share))
    inner = transforms.within(d, pairs, 4, lead(frames))
    kept = transforms.masked(d, inner, transforms.in_pairs(d, mask))
    return d.finish(
        {"hops_out": (transforms.synthesised(d, kept), transforms.OUT)},
        "Hits, or all but hits: mask = stem[0] + stem[1] * share of the hits. With bias squared.",
    )


def bass(frames: int, bins: int) -> onnx.ModelProto:
    """Only the low bins are transformed, each hop once: four hops are joined to a frame there.

    The window is three neighbouring bins, so it comes with the joining, and the band on the way
    back with the spreading of a frame over its hops.
    """
    d = Drawing(f"bass-{frames}x{bins}")
    hops = d.reshape(d.input("hops", transforms.HOPS), 0, 0, 0, 2, -1)
    low = d.op("MatMul", hops, d.input("analyse", ("hop", "parts")))
    quarters = transforms.late(d, d.transpose(low, 0, 1, 3, 4, 2), 3)
    joined = d.input("join", ("low_parts", "quarter_parts"))
    spectrum = d.op("MatMul", joined, d.concat(*quarters, axis=2))
    parts = d.reshape(spectrum, 0, 0, 2, -1, d.length(spectrum, 3))
    whole = transforms.over_channels(d, transforms.energy(d, parts, 2))
    energy = d.reshape(whole, 0, -1, d.length(spectrum, 3))
    steady = d.op("Sub", d.number(1), hits(d, energy, frames, bins, d.number(1)))
    inner = transforms.within(d, parts, 4, lead(frames))
    kept = d.op("Mul", inner, d.op("Unsqueeze", steady, d.whole(1, 2)))
    spread = d.input("spread", (transforms.QUARTERS, "parts", "low_parts"))
    flat = d.reshape(kept, 0, 0, 1, -1, d.length(kept, 4))
    apart = d.reshape(d.op("MatMul", spread, flat), 0, 0, 0, 0, 2, -1)
    each = [d.slice(apart, 2, place, place + 1) for place in range(transforms.QUARTERS)]
    added = d.transpose(transforms.overlapped(d, each), 0, 1, 5, 2, 3, 4)
    back = d.op("MatMul", added, d.input("synthesise", ("parts", "hop")))
    return d.finish(
        {"hops_out": (d.reshape(back, 0, 0, 0, 2, transforms.ROWS, -1), transforms.OUT)},
        "What sounds steadily and low.",
    )


def lead(frames: int) -> int:
    """How many frames before and behind a median reads, as an even number: a phase stays one."""
    half = frames // 2
    return half + half % 2


def hits(d: Drawing, power: str, frames: int, bins: int, bias: str) -> str:
    """The share of what stands upright in a spectrogram of power, without its `lead` frames.

    As audio.stems.masks.percussive, whose squares are here: a median of squares is the square of
    the median. `power` is (batch, bins, frames) with an odd number of bins, `bias` squared.
    """
    along = d.op("Mul", bias, _along(d, power, frames))
    upright = _upright(d, transforms.within(d, power, 2, lead(frames)), bins)
    whole = d.op("Add", d.op("Add", upright, along), d.number(TINY))
    return d.op("Div", upright, whole)


def _along(d: Drawing, power: str, length: int) -> str:
    phases = d.reshape(power, 0, 0, 2, -1)
    rows = Rows(d, axis=2)
    apart = (_phase(d, phases, 2, 0), _phase(d, phases, 2, 1))
    half = lead(length)
    medians = sliding(rows, apart, half - length // 2, length)
    return d.concat(*(rows.over(each, 0, half) for each in medians), axis=2)


def _upright(d: Drawing, power: str, length: int) -> str:
    """Beyond the lowest and the highest bin they are repeated, and once more to make pairs."""
    half, count = length // 2, d.length(power, 2)
    reach = d.whole(0, half, 0, 0, half + 1, 0)
    rows, cut = Rows(d, axis=1), half  # in pairs of bins, as many as the padding has
    grid = d.reshape(d.op("Pad", power, reach, mode="edge"), 0, -1, 2, count)
    apart = (_phase(d, grid, 2, 0), _phase(d, grid, 2, 1))
    pairs = [
        d.op("Unsqueeze", rows.over(each, 0, cut), d.whole(2))
        for each in sliding(rows, apart, 0, length)
    ]
    return d.slice(d.reshape(d.concat(*pairs, axis=2), 0, -1, count), 1, 0, -1)


def _phase(d: Drawing, values: str, axis: int, phase: int) -> str:
    row = d.slice(values, axis, phase, phase + 1)
    return d.op("Squeeze", row, d.whole(axis))

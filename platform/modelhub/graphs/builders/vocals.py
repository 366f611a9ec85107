"""The graph of the stem `vocals`: middle of the stage, not repeated, and where a voice is.

As audio.stems.masks.foreground and centre, over a whole chunk. How long it is, how long a stretch
and which bins a voice has is the run's to say; how many stretches are compared is the file's.
"""

import onnx
from onnx import TensorProto

from modelhub.graphs.builders import transforms
from modelhub.graphs.builders.drawing import Drawing
from modelhub.graphs.builders.medians import Row, Rows, middle
from modelhub.graphs.builders.stems import TINY

BEYOND = 1e30  # louder than any sound, and still no infinity, which times nothing is no number


def vocals(stretches: int) -> onnx.ModelProto:
    """For up to so many stretches (an even number), of which each frame leaves out its own."""
    d = Drawing(f"vocals-{stretches}")
    pairs = transforms.spectrum(d, d.input("hops", transforms.HOPS))
    energy = transforms.power(d, pairs)
    first = d.input("first_bin", (1,), TensorProto.INT64)
    beyond = d.input("beyond_bin", (1,), TensorProto.INT64)

    def voice(values: str, axis: int) -> str:
        return d.op("Slice", values, first, beyond, d.whole(axis))

    frames = _in_time(d, d.op("Sqrt", energy))
    alike = _most_alike(d, frames, stretches)
    alone = _alone(d, voice(frames, 1), alike, stretches)
    centre = _centre(d, voice(energy, 1), voice(_together(d, pairs), 1))
    band = d.input("band", ("voice_bins", 1))
    mask = d.op("Mul", d.op("Mul", _in_phases(d, alone), centre), band)
    around = d.input("bins_around", (6,), TensorProto.INT64)
    whole = transforms.in_pairs(d, d.op("Pad", mask, around))
    kept = transforms.masked(d, pairs, whole)
    return d.finish(
        {"hops_out": (transforms.synthesised(d, kept), transforms.OUT)},
        "What stands in the middle, where a voice is, and does not come back.",
    )


def _in_time(d: Drawing, values: str) -> str:
    """(1, bins, frames), even frames first, to (frames, bins) one after the other."""
    phases = d.reshape(values, d.length(values, 1), 2, -1)
    return d.reshape(d.transpose(phases, 2, 1, 0), -1, d.length(values, 1))


def _in_phases(d: Drawing, values: str) -> str:
    """And back."""
    phases = d.reshape(values, -1, 2, d.length(values, 1))
    return d.reshape(d.transpose(phases, 2, 1, 0), 1, d.length(values, 1), -1)


def _most_alike(d: Drawing, frames: str, stretches: int) -> str:
    """(frames, stretches): of each stretch the frame that is most like this one, by its number.

    A frame's own stretch, and those beyond the last, stand for the rows `padding` and `own_row`.
    """
    energy = d.summed(d.op("Mul", frames, frames), 1, keep=True)
    length = d.op("Add", d.op("Sqrt", energy), d.number(TINY))
    directions = d.op("Div", frames, length)
    compared = d.input("compared", (1,), TensorProto.INT64)
    others = d.op("Slice", directions, d.whole(0), compared, d.whole(0))
    likeness = d.op("MatMul", directions, d.transpose(others, 1, 0))
    shape = d.input("stretches", (2,), TensorProto.INT64)  # how many, and how long each
    count = d.length(frames, 0)
    apart = d.op("Reshape", likeness, d.concat(count, shape, axis=0))
    starts = d.input("starts", ("count",), TensorProto.INT64)
    best = d.op("Add", d.op("ArgMax", apart, axis=2, keepdims=0), starts)
    own = d.input("own", ("frames", "count"), TensorProto.BOOL)
    others_only = d.op("Where", own, d.input("own_row", (1,), TensorProto.INT64), best)
    padding = d.input("padding", ("rest",), TensorProto.INT64)
    rest = d.op("Expand", padding, d.concat(count, d.length(padding, 0), axis=0))
    assert stretches % 2 == 0, "an even number has two middle ones, of which either may count"
    return d.concat(others_only, rest, axis=1)


def _alone(d: Drawing, frames: str, alike: str, stretches: int) -> str:
    """One amplitude of each bin less the median of its likes, as a share, and of it the root."""
    nothing = d.op("Mul", d.slice(frames, 0, 0, 1), d.number(0))
    rows = d.concat(frames, nothing, d.op("Add", nothing, d.number(BEYOND)), axis=0)
    taken = [d.reshape(d.slice(alike, 1, each, each + 1), -1) for each in range(stretches)]
    values = [Row(d.op("Gather", rows, each, axis=0)) for each in taken]
    low, high = (each.name for each in middle(Rows(d, axis=0), values))
    halfway = d.input("halfway", ())
    between = d.op("Mul", halfway, d.op("Sub", high, low))
    repeated = d.op("Min", d.op("Add", low, between), frames)
    share = d.op("Div", repeated, d.op("Add", frames, d.number(TINY)))
    return d.op("Sqrt", d.op("Sub", d.number(1), share))


def _together(d: Drawing, pairs: str) -> str:
    """The energy of all channels added up, (1, bins, frames)."""
    whole = transforms.over_channels(d, pairs)
    lengths = (transforms.HALF_POINTS, -1, d.length(pairs, 4))
    return transforms.power(d, d.reshape(whole, 0, 1, *lengths))


def _centre(d: Drawing, power: str, together: str) -> str:
    """How alike the channels are, to the eighth; `alone` is 1 where there is but one, else 0."""
    others = d.op("Mul", d.input("other_channels", ()), power)
    cross = d.op("Sub", together, power)
    alike = d.op("Div", cross, d.op("Add", others, d.number(TINY)))
    value = d.op("Min", d.op("Max", alike, d.input("alone", ())), d.number(1))
    for _ in range(3):
        value = d.op("Mul", value, value)
    return value

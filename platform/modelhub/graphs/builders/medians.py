"""Medians by networks of Min and Max over whole tensors: exact, and the same on every accelerator.

A network compares in an order that no value changes, so each step is one elementwise operation.
Windows that slide share their work: two neighbours differ in one value at either end, so what
lies between is sorted once, out of shorter runs that are sorted once for all windows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from modelhub.graphs.builders.drawing import TO_THE_END, Drawing


@dataclass(frozen=True, slots=True)
class Row:
    """Values along an axis: the first stands for place `first`, the last for place -1 - `cut`."""

    name: str
    first: int = 0
    cut: int = 0

    def ahead(self, places: int) -> "Row":
        """What stands so many places further on, seen from here."""
        return Row(self.name, self.first - places, self.cut + places)


@dataclass(frozen=True, slots=True)
class Rows:
    """Draws comparisons of rows along one axis, where both have a value."""

    drawing: Drawing
    axis: int

    def least(self, one: Row, other: Row) -> Row:
        return self._both("Min", one, other)

    def most(self, one: Row, other: Row) -> Row:
        return self._both("Max", one, other)

    def over(self, row: Row, first: int, cut: int) -> str:
        """The row from one place to another, as a tensor."""
        before, behind = first - row.first, cut - row.cut
        if not before and not behind:
            return row.name
        end = -behind if behind else TO_THE_END
        return self.drawing.slice(row.name, self.axis, before, end)

    def merged(self, one: Sequence[Row], other: Sequence[Row]) -> list[Row]:
        """Two sorted lists as one: Batcher's odd-even merge (Knuth, volume 3, section 5.3.4)."""
        if not one or not other:
            return [*one, *other]
        if len(one) == len(other) == 1:
            return [self.least(one[0], other[0]), self.most(one[0], other[0])]
        evens = self.merged(one[::2], other[::2])
        odds = self.merged(one[1::2], other[1::2])
        paired = min(len(odds), len(evens) - 1)
        result = [evens[0]]
        for odd, even in zip(odds[:paired], evens[1 : 1 + paired], strict=True):
            result += [self.least(odd, even), self.most(odd, even)]
        return result + odds[paired:] + evens[1 + paired :]

    def ranked(self, one: Sequence[Row], other: Sequence[Row], rank: int) -> Row:
        """The value at a rank (from 0) of two sorted lists together, without merging them.

        It is the least, over all ways to take rank + 1 values off the fronts of both, of the
        greatest that was taken.
        """
        taken = []
        for mine in range(max(0, rank + 1 - len(other)), min(rank + 1, len(one)) + 1):
            theirs = rank + 1 - mine
            last = [row[count - 1] for row, count in ((one, mine), (other, theirs)) if count]
            taken.append(last[0] if len(last) == 1 else self.most(*last))
        result = taken[0]
        for each in taken[1:]:
            result = self.least(result, each)
        return result

    def _both(self, kind: str, one: Row, other: Row) -> Row:
        first, cut = max(one.first, other.first), max(one.cut, other.cut)
        name = self.drawing.op(kind, self.over(one, first, cut), self.over(other, first, cut))
        return Row(name, first, cut)


def middle(rows: Rows, values: Sequence[Row]) -> tuple[Row, Row]:
    """The two values in the middle of an even number of them."""
    if len(values) == 2:
        return rows.least(*values), rows.most(*values)
    half = 1 << (len(values) - 1).bit_length() - 1
    one, other = _sorted(rows, values[:half]), _sorted(rows, values[half:])
    rank = len(values) // 2
    return rows.ranked(one, other, rank - 1), rows.ranked(one, other, rank)


def sliding(rows: Rows, phases: tuple[str, str], start: int, length: int) -> tuple[Row, Row]:
    """The medians of all windows of an odd `length` along an axis, two neighbours at a time.

    `phases` are the values at even and at odd places, so place p stands at p // 2 of one of them.
    The first window begins at place `start`; the results are the medians of the windows that begin
    at even and at odd distances from it.
    """
    assert length % 2, "a median needs a middle"

    def at(place: int) -> Row:
        return Row(phases[place % 2]).ahead(place // 2)

    if length == 1:
        return at(start), at(start + 1)
    low, high = _shared_middle(rows, at(start + 1), at(start + 2), length - 1)
    first, last = at(start), at(start + length)
    return (
        rows.most(low, rows.least(high, first)),
        rows.most(low, rows.least(high, last)),
    )


def _shared_middle(rows: Rows, one: Row, next_one: Row, length: int) -> tuple[Row, Row]:
    """The two middle values of an even `length` of values that slides by two places a step."""
    runs = [[rows.least(one, next_one), rows.most(one, next_one)]]  # sorted runs of 2, 4, 8, …
    while 2 * len(runs[-1]) < length:
        run = runs[-1]
        runs.append(rows.merged(run, [row.ahead(len(run) // 2) for row in run]))
    parts, offset = [], 0
    for run in reversed(runs):
        while offset + len(run) <= length:
            parts.append([row.ahead(offset // 2) for row in run])
            offset += len(run)
    if len(parts) == 1:
        return parts[0][length // 2 - 1], parts[0][length // 2]
    rest: list[Row] = []
    for part in reversed(parts[1:]):
        rest = rows.merged(rest, part)
    return (
        rows.ranked(parts[0], rest, length // 2 - 1),
        rows.ranked(parts[0], rest, length // 2),
    )


def _sorted(rows: Rows, values: Sequence[Row]) -> list[Row]:
    if len(values) < 2:
        return list(values)
    half = 1 << (len(values) - 1).bit_length() - 1
    return rows.merged(_sorted(rows, values[:half]), _sorted(rows, values[half:]))

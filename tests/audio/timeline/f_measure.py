"""The F-measure of event times: how beat trackers are compared (Dixon 2007)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Times = Sequence[float] | NDArray[np.floating[Any]]


def hits(truth: Times, found: Times, tolerance: float) -> int:
    """How many pairs lie within `tolerance` seconds, each event used once."""
    count = index = 0
    for time in found:
        while index < len(truth) and truth[index] < time - tolerance:
            index += 1
        if index < len(truth) and truth[index] <= time + tolerance:
            count, index = count + 1, index + 1
    return count


def f_measure(truth: Times, found: Times, tolerance: float = 0.07) -> float:
    """2 * hits / (truth + found), 0-1; 1 where both are empty."""
    total = len(truth) + len(found)
    return 2 * hits(truth, found, tolerance) / total if total else 1.0


def errors(truth: Times, found: Times, within: float = 0.07) -> NDArray[np.float64]:
    """Found minus true time, for every found event that has a true one nearby."""
    found, truth = np.asarray(found), np.asarray(truth)
    nearest = truth[np.abs(truth[:, None] - found).argmin(axis=0)]
    late = found - nearest
    return np.asarray(late[np.abs(late) <= within])

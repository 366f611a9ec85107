"""From the scores of streams to those of zones, and from zones to the session."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Indices = npt.NDArray[np.intp]


def weights(levels: Floats) -> Floats:
    """How much each stream says about its zone: 1 in silence, 101 at full level.

    A microphone at the far side hears the same crowd more faintly; it counts, but less.
    """
    return levels + 1.0


def weighted_means(values: Floats, weight: Floats, groups: Indices, count: int) -> Floats:
    """The weighted mean of `values` (n,) in each group 0..count-1; none of them is empty."""
    return np.bincount(groups, weight * values, count) / np.bincount(groups, weight, count)


def means(values: Floats, groups: Indices, count: int) -> Floats:
    """The plain mean per group: zones count alike, however many microphones each has."""
    return weighted_means(values, np.ones_like(values), groups, count)

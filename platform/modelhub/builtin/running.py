"""What runs a graph, seen from here: its name and its inputs in, its outputs out."""

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

Tensors = dict[str, NDArray[Any]]
Run = Callable[[str, Tensors], Tensors]
"""Runs one of `modelhub.graphs.NAMES`, in float32 throughout."""

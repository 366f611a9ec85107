"""A model at work, watched: features of what it hears and answers are counted for drift."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from modelhub.contracts.declaration import Declaration
from modelhub.contracts.feeding import output_of, waveform_of
from modelhub.contracts.graph import Graph, Model
from modelhub.drift import Statistics, of_input, of_output
from modelhub.runtimes.tensors import Array, Port, Tensors

ROLES: Final[Mapping[str, str]] = {
    "audio_tagger": "scores",
    "separator": "stems",
    "embedding": "embedding",
    "pitch": "note",
}
"""Of each contract on sound, the output whose rows are counted."""


class Watched:
    """Another model, and the statistics of every window that went through it.

    Windows are counted as the model gets them, rows as it gives them. What fills up a batch of a
    fixed size is not counted, nor is an answer that is not finite.
    """

    def __init__(self, model: Model, contract: str, declaration: Declaration) -> None:
        graph = Graph(model.inputs, model.outputs)
        waveform = waveform_of(graph, declaration)
        output = output_of(graph, declaration, ROLES[contract])
        assert waveform is not None, "the graph was checked"
        assert output is not None, "the graph was checked"
        self._model, self._waveform, self._output = model, waveform, output.name
        self.statistics = Statistics.empty()

    @property
    def inputs(self) -> tuple[Port, ...]:
        return self._model.inputs

    @property
    def outputs(self) -> tuple[Port, ...]:
        return self._model.outputs

    def run(self, inputs: Tensors) -> dict[str, Array]:
        results = self._model.run(inputs)
        batched = len(self._waveform.shape) > 1
        windows, rows = inputs[self._waveform.name], results[self._output]
        windows, rows = (windows, rows) if batched else (windows[None], rows[None])
        self._count(windows.reshape(len(windows), -1), rows)
        return results

    def _count(self, windows: NDArray[np.float32], rows: Array) -> None:
        if rows.ndim < 1 or len(rows) < len(windows) or not np.isfinite(rows).all():
            return  # the contract refuses it
        meant = self._meant(windows)
        if meant:
            heard, answered = of_input(windows[:meant]), of_output(rows[:meant])
            self.statistics = self.statistics.add({**heard, **answered})

    def _meant(self, windows: NDArray[np.float32]) -> int:
        """How many windows are sound: the last ones of a fixed batch may be silence to fill it."""
        if len(self._waveform.shape) < 2 or not isinstance(self._waveform.shape[0], int):
            return len(windows)
        heard = np.flatnonzero(windows.any(axis=1))
        return int(heard[-1]) + 1 if len(heard) else 0

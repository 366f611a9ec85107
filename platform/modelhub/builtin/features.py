"""The crowd's features by a graph: `audio.crowd.spectrum.measure` on whatever runs it."""

from audio.crowd import Float32Array
from audio.crowd.spectrum import Window, measure
from modelhub.builtin.running import Run


def features(windows: Float32Array, earlier_partials: Float32Array, *, run: Run) -> Window:
    """Measure n windows of shape (n, 512) at 16 kHz; `earlier_partials` is (n, 122).

    Within the tolerance of docs/reference/crowd-score.md what `measure` gives. Raises what `run`
    raises.
    """
    if not len(windows):
        return measure(windows, earlier_partials)  # nothing is no work, and no shape for a graph
    inputs = {"windows": windows, "earlier_partials": earlier_partials}
    return Window(**run("features-512", inputs))

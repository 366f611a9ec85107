"""The crowd's features by a graph: a version's `measure` on whatever runs it."""

from audio.crowd import DEFAULT, Float32Array, Version
from audio.crowd.spectrum import Window
from modelhub.builtin.running import Run


def features(
    windows: Float32Array,
    earlier_partials: Float32Array,
    *,
    run: Run,
    version: Version = DEFAULT,
) -> Window:
    """Measure n windows of shape (n, 512) at 16 kHz; `earlier_partials` is (n, 122).

    Within the tolerance of docs/reference/crowd-score.md what the version's `measure` gives. Raises
    what `run` raises.
    """
    if not len(windows):  # nothing is no work, and no shape for a graph
        return version.measure(windows, earlier_partials)
    inputs = {"windows": windows, "earlier_partials": earlier_partials}
    return Window(**run(f"features-{version.name}", inputs))

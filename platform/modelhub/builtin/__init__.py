"""What the platform does without weights, as graphs: the same stems and crowd features, anywhere.

Each function takes `run`, which brings a graph's inputs to an accelerator and its outputs back; the
graphs are files (`modelhub.graphs`). How near they come to `audio.stems` and `audio.crowd` is in
`docs/reference/effects.md` and `docs/reference/crowd-score.md`.
"""

from modelhub.builtin.features import features
from modelhub.builtin.running import Run, Tensors
from modelhub.builtin.stems import NoGraph, separate

__all__ = ["NoGraph", "Run", "Tensors", "features", "separate"]

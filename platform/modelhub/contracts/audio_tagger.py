"""`audio_tagger`: sound in, a score for each label and window out. Speech detectors are taggers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from modelhub.contracts.declaration import Activation, Declaration
from modelhub.contracts.feeding import (
    Role,
    Tell,
    feed,
    output_of,
    unmet_inputs,
    unmet_outputs,
    untold,
)
from modelhub.contracts.graph import Graph, Model, Unmet
from modelhub.contracts.outcome import ContractBroken, Outcome
from modelhub.contracts.windows import cut, mono
from modelhub.runtimes.tensors import Array

Scores = NDArray[np.float32]  # [windows, labels]

_ROLES: Final = (Role("scores", (1, 2)),)  # [batch, labels] or [batch, frames, labels]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch in which a label's score stays at or above the threshold; seconds."""

    label: str
    start_s: float
    end_s: float
    peak: float


def unmet(graph: Graph, declaration: Declaration) -> Iterator[Unmet]:
    """Why the model is no tagger; nothing when it is one."""
    yield from unmet_inputs(graph, declaration)
    yield from unmet_outputs(graph, declaration, _ROLES)
    if not declaration.labels:
        yield Unmet("wrong_declaration", "labels", "A tagger names its labels.")
    port = output_of(graph, declaration, "scores")
    size = port.shape[-1] if port and port.shape else None
    if isinstance(size, int) and size != len(declaration.labels):
        yield Unmet(
            "wrong_declaration", "labels", f"The model has {size}, not {len(declaration.labels)}."
        )


def outcome(
    model: Model,
    samples: NDArray[np.float32],
    sample_rate: float,
    declaration: Declaration,
    tell: Tell = untold,
) -> Outcome:
    """Tag sound of shape `[n]` or `[n, channels]`.

    Arrays: `scores` float32 `[windows, labels]`, after the activation, frames averaged; `starts_s`
    and `ends_s` float64 `[windows]`. The summary has mean and peak of each label, and the segments
    at or above the threshold.
    """
    sound = mono(samples, sample_rate, declaration.sample_rate)
    windows = cut(sound, window=declaration.window, hop=declaration.hop, lead=declaration.lead)
    port = output_of(Graph(model.inputs, model.outputs), declaration, "scores")
    assert port is not None, "the graph was checked"
    rows = feed(model, declaration, windows, {"scores": port.name}, tell)["scores"]
    if rows.ndim not in (2, 3) or rows.shape[-1] != len(declaration.labels):
        raise ContractBroken(
            f"{port.name} has {rows.shape[-1]} scores, not {len(declaration.labels)}.",
            output=port.name,
        )
    scores = activated(rows, declaration.activation)
    scores = scores.mean(axis=1, dtype=np.float32) if scores.ndim == 3 else scores
    starts, ends = times(len(windows), declaration, len(sound))
    found = segments(scores, starts, ends, declaration.labels, declaration.threshold)
    return Outcome(
        summary=_summary(scores, declaration, found),
        arrays={"scores": scores, "starts_s": starts, "ends_s": ends},
    )


def times(
    windows: int, declaration: Declaration, samples: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """From when to when each window speaks, in seconds: without its lead, and within the sound."""
    starts = np.arange(windows) * declaration.hop
    ends = np.minimum(starts + declaration.window - declaration.lead, samples)
    rate = declaration.sample_rate
    return starts / rate, np.maximum(starts, ends) / rate


def activated(rows: Array, activation: Activation) -> Scores:
    """Scores from what the model gives: as it is, the logistic function, or softmax over labels."""
    values = rows.astype(np.float64)
    if activation == "sigmoid":
        values = 1 / (1 + np.exp(-np.clip(values, -60, 60)))
    elif activation == "softmax":
        powers = np.exp(values - values.max(axis=-1, keepdims=True))
        values = powers / powers.sum(axis=-1, keepdims=True)
    return values.astype(np.float32)


def segments(
    scores: Scores,
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    labels: Sequence[str],
    threshold: float,
) -> list[Segment]:
    """Neighbouring windows at or above the threshold as one stretch, by label, then by time."""
    found: list[Segment] = []
    for column, label in enumerate(labels):
        above = np.concatenate([[False], scores[:, column] >= threshold, [False]])
        edges = np.flatnonzero(above[1:] != above[:-1])
        for first, after in zip(edges[::2], edges[1::2], strict=True):
            peak = float(scores[first:after, column].max())
            found.append(Segment(label, float(starts[first]), float(ends[after - 1]), peak))
    return found


def _summary(scores: Scores, declaration: Declaration, found: Sequence[Segment]) -> dict[str, Any]:
    rate = declaration.sample_rate
    return {
        "windows": len(scores),
        "window_s": round(declaration.window / rate, 6),
        "hop_s": round(declaration.hop / rate, 6),
        "labels": [
            {
                "label": label,
                "mean": round(float(scores[:, column].mean()), 6),
                "peak": round(float(scores[:, column].max()), 6),
            }
            for column, label in enumerate(declaration.labels)
        ],
        "segments": [
            {
                "label": each.label,
                "start_s": round(each.start_s, 3),
                "end_s": round(each.end_s, 3),
                "peak": round(each.peak, 6),
            }
            for each in found
        ],
    }

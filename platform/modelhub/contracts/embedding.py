"""`embedding`: sound in, a vector for each window out, and one for the whole."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from modelhub.contracts.audio_tagger import times
from modelhub.contracts.declaration import Declaration
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

_ROLES: Final = (Role("embedding", (1, 2)),)  # [batch, size] or [batch, frames, size]


def unmet(graph: Graph, declaration: Declaration) -> Iterator[Unmet]:
    """Why the model gives no vectors; nothing when it does."""
    yield from unmet_inputs(graph, declaration)
    yield from unmet_outputs(graph, declaration, _ROLES)


def outcome(
    model: Model,
    samples: NDArray[np.float32],
    sample_rate: float,
    declaration: Declaration,
    tell: Tell = untold,
) -> Outcome:
    """Embed sound of shape `[n]` or `[n, channels]`.

    Arrays: `embeddings` float32 `[windows, size]` as the model gives them, frames averaged; `whole`
    float32 `[size]`, the mean of the windows' directions, of length 1 (0 where they cancel out);
    `starts_s` and `ends_s` float64 `[windows]`. Compare by the product of two `whole`s.
    """
    sound = mono(samples, sample_rate, declaration.sample_rate)
    windows = cut(sound, window=declaration.window, hop=declaration.hop, lead=declaration.lead)
    port = output_of(Graph(model.inputs, model.outputs), declaration, "embedding")
    assert port is not None, "the graph was checked"
    rows = feed(model, declaration, windows, {"embedding": port.name}, tell)["embedding"]
    if rows.ndim not in (2, 3):
        raise ContractBroken(f"{port.name} has {rows.ndim} axes.", output=port.name)
    vectors = rows.mean(axis=1, dtype=np.float32) if rows.ndim == 3 else rows
    starts, ends = times(len(windows), declaration, len(sound))
    return Outcome(
        summary={"windows": len(vectors), "size": int(vectors.shape[1])},
        arrays={
            "embeddings": vectors,
            "whole": direction(vectors),
            "starts_s": starts,
            "ends_s": ends,
        },
    )


def direction(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """`[n, size]` to `[size]`: each vector counts by its direction alone, so none by loudness."""
    mean = _unit(vectors.astype(np.float64)).mean(axis=0)
    return _unit(mean).astype(np.float32)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: NDArray[np.float64] = np.divide(
        vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0
    )
    return unit

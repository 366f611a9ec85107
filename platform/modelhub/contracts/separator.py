"""`separator`: sound in, as many sounds of the same length out."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from modelhub.contracts.declaration import Declaration
from modelhub.contracts.feeding import (
    Role,
    Tell,
    feed,
    is_batched,
    output_of,
    unmet_inputs,
    unmet_outputs,
    untold,
)
from modelhub.contracts.graph import Graph, Model, Unmet
from modelhub.contracts.outcome import ContractBroken, Outcome
from modelhub.contracts.windows import cut, mono, overlap_add

_ROLES: Final = (Role("stems", (2, 3)),)  # [batch, stems, samples] or [batch, stems, 1, samples]
_FLOOR: Final = 1e-10  # of the mean power: −100 dB


def unmet(graph: Graph, declaration: Declaration) -> Iterator[Unmet]:
    """Why the model separates nothing; nothing when it does."""
    yield from unmet_inputs(graph, declaration)
    misfits = tuple(unmet_outputs(graph, declaration, _ROLES))
    yield from misfits
    if not declaration.labels:
        yield Unmet("wrong_declaration", "labels", "A separator names its stems.")
    if declaration.hop > declaration.window:
        yield Unmet("wrong_declaration", "hop", "Windows must touch: a hop is at most a window.")
    port = output_of(graph, declaration, "stems")
    if port is None or misfits:
        return
    size, length = port.shape[is_batched(graph, declaration)], port.shape[-1]
    if isinstance(size, int) and size != len(declaration.labels):
        yield Unmet(
            "wrong_declaration", "labels", f"The model has {size}, not {len(declaration.labels)}."
        )
    if isinstance(length, int) and length != declaration.window:
        yield Unmet("wrong_shape", "stems", f"Must be as long as the window, is {port}.")


def outcome(
    model: Model,
    samples: NDArray[np.float32],
    sample_rate: float,
    declaration: Declaration,
    tell: Tell = untold,
) -> Outcome:
    """Separate sound of shape `[n]` or `[n, channels]`, which is made mono.

    Arrays: `stems` float32 `[stems, m]` at the declared rate, windows faded into each other. The
    summary has the level of each stem, its root mean square in dB of full scale.
    """
    sound = mono(samples, sample_rate, declaration.sample_rate)
    windows = cut(sound, window=declaration.window, hop=declaration.hop, lead=declaration.lead)
    port = output_of(Graph(model.inputs, model.outputs), declaration, "stems")
    assert port is not None, "the graph was checked"
    rows = feed(model, declaration, windows, {"stems": port.name}, tell)["stems"]
    if rows.ndim == 4 and rows.shape[2] == 1:
        rows = rows[:, :, 0]
    wanted = (len(windows), len(declaration.labels), declaration.window)
    if rows.shape != wanted:
        raise ContractBroken(
            f"{port.name} has the shape {list(rows.shape)}, not {list(wanted)}.", output=port.name
        )
    stems = overlap_add(rows, hop=declaration.hop, lead=declaration.lead, samples=len(sound))
    levels = 10 * np.log10(np.maximum(np.square(stems).mean(axis=1), _FLOOR))
    return Outcome(
        summary={
            "sample_rate": declaration.sample_rate,
            "samples": len(sound),
            "stems": [
                {"label": label, "rms_db": round(float(level), 2)}
                for label, level in zip(declaration.labels, levels, strict=True)
            ],
        },
        arrays={"stems": stems},
    )

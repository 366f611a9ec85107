"""`pitch`: sound in, how likely each semitone sounds in each frame out, and the notes of that."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from modelhub.contracts.declaration import Declaration
from modelhub.contracts.feeding import (
    Role,
    Tell,
    feed,
    role_port,
    unmet_inputs,
    unmet_outputs,
    untold,
)
from modelhub.contracts.graph import Graph, Model, Unmet
from modelhub.contracts.notes import Note, notes
from modelhub.contracts.outcome import ContractBroken, Outcome
from modelhub.contracts.windows import cut, mono
from modelhub.runtimes.tensors import Array

_ROLES: Final = (Role("note", (2,)), Role("onset", (2,), required=False))
_HIGHEST_MIDI: Final = 127


def unmet(graph: Graph, declaration: Declaration) -> Iterator[Unmet]:
    """Why the model tells no notes; nothing when it does."""
    yield from unmet_inputs(graph, declaration)
    yield from unmet_outputs(graph, declaration, _ROLES)
    yield from _unmet_grid(declaration)
    for role in _ROLES:
        port = role_port(graph, declaration, role)
        if port is not None and len(port.shape) == 3:
            yield from _unmet_sizes(role.name, port.shape[1], port.shape[2], declaration)


def outcome(
    model: Model,
    samples: NDArray[np.float32],
    sample_rate: float,
    declaration: Declaration,
    tell: Tell = untold,
) -> Outcome:
    """Find the notes of sound of shape `[n]` or `[n, channels]`.

    Arrays: `note` float32 `[frames, pitches]`, and `onset` where the model gives it; frame `i` is
    at `i × frame_hop ÷ sample_rate` seconds. The summary has the notes.
    """
    sound = mono(samples, sample_rate, declaration.sample_rate)
    trail = declaration.window - declaration.lead - declaration.hop
    shape = {"window": declaration.window, "hop": declaration.hop, "lead": declaration.lead}
    windows = cut(sound, **shape, trail=trail)
    graph = Graph(model.inputs, model.outputs)
    found = {role.name: role_port(graph, declaration, role) for role in _ROLES}
    kept = {role: port.name for role, port in found.items() if port is not None}
    rows = feed(model, declaration, windows, kept, tell)
    frames = -(-len(sound) // declaration.frame_hop)
    arrays = {
        role: _laid(rows[role], declaration, frames, output=name) for role, name in kept.items()
    }
    told = notes(
        arrays["note"],
        arrays.get("onset"),
        threshold=declaration.threshold,
        frame_s=declaration.frame_hop / declaration.sample_rate,
        lowest_midi=declaration.lowest_midi,
    )
    return Outcome(summary=_summary(told, declaration, frames), arrays=arrays)


def _unmet_grid(declaration: Declaration) -> Iterator[Unmet]:
    """Windows must lie on the grid of frames, or times would drift from window to window."""
    hop = declaration.frame_hop
    if not hop:
        yield Unmet("wrong_declaration", "frame_hop", "How many samples apart are frames?")
    elif declaration.hop % hop:
        yield Unmet("wrong_declaration", "hop", f"Must be a multiple of the frame hop, {hop}.")
    if declaration.lead != declaration.margin_frames * hop:
        yield Unmet("wrong_declaration", "lead", "Must be margin_frames × frame_hop samples.")
    if declaration.hop + declaration.lead > declaration.window:
        yield Unmet("wrong_declaration", "hop", "With the lead it must fit into the window.")


def _unmet_sizes(role: str, frames: Any, pitches: Any, declaration: Declaration) -> Iterator[Unmet]:
    needed = declaration.margin_frames + declaration.hop // max(1, declaration.frame_hop)
    if isinstance(frames, int) and frames < needed:
        yield Unmet("wrong_shape", role, f"Needs {needed} frames a window, has {frames}.")
    if isinstance(pitches, int) and declaration.lowest_midi + pitches - 1 > _HIGHEST_MIDI:
        yield Unmet("wrong_declaration", "lowest_midi", f"{pitches} semitones go beyond MIDI 127.")


def _laid(rows: Array, declaration: Declaration, frames: int, *, output: str) -> Array:
    """`[windows, frames, pitches]` to `[frames, pitches]`, each window without its margins."""
    first = declaration.margin_frames
    step = declaration.hop // declaration.frame_hop
    kept = rows[:, first : first + step]
    if rows.ndim != 3 or kept.shape[1] != step:
        raise ContractBroken(f"{output} has too few frames: {list(rows.shape)}.", output=output)
    return np.ascontiguousarray(kept.reshape(-1, rows.shape[2])[:frames])


def _summary(told: list[Note], declaration: Declaration, frames: int) -> dict[str, Any]:
    return {
        "frames": frames,
        "frame_s": round(declaration.frame_hop / declaration.sample_rate, 6),
        "lowest_midi": declaration.lowest_midi,
        "notes": [
            {
                "start_s": round(each.start_s, 3),
                "end_s": round(each.end_s, 3),
                "midi": each.midi,
                "strength": round(each.strength, 4),
            }
            for each in told
        ],
    }

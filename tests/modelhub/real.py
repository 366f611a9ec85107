"""Real models, as their wheels carry them: where they lie, and how they would be registered."""

import os
from pathlib import Path
from typing import Any, Final

import pytest

from tests.checkout import ROOT

SPEECH: Final = "silero_vad/data/silero_vad.onnx"  # MIT
NOTES: Final = "basic_pitch/saved_models/icassp_2022/nmp.onnx"  # Apache-2.0

SPEECH_DECLARED: Final[dict[str, Any]] = {
    "sample_rate": 16000,
    "window": 576,
    "hop": 512,
    "lead": 64,
    "labels": ["speech"],
    "states": [{"input": "state", "output": "stateN", "shape": [2, 1, 128]}],
    "constants": {"sr": 16000},
}
NOTES_DECLARED: Final[dict[str, Any]] = {
    "sample_rate": 22050,
    "window": 43844,
    "hop": 36352,
    "lead": 3840,
    "frame_hop": 256,
    "margin_frames": 15,
    "lowest_midi": 21,
    "outputs": {"note": "StatefulPartitionedCall:1", "onset": "StatefulPartitionedCall:2"},
}


def path(model: str) -> Path:
    """The model's file. In CI its absence is a failure; a user's clone may do without."""
    file = ROOT / ".models" / model
    if file.exists():
        return file
    wanted = "needs real models: run `make models` first"
    if os.environ.get("CI"):
        pytest.fail(wanted)
    pytest.skip(wanted)

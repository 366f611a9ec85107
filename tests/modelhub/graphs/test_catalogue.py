"""The files that the platform ships: complete, small, what the code makes, and readable."""

from pathlib import Path

import onnx
import pytest

from audio.stems import separation
from audio.stems.masks import Medians
from audio.stems.transform import ShortTime
from modelhub import graphs
from modelhub.graphs.builders import catalogue

LARGEST = 300_000
# Arithmetic, products and moves, which accelerators take over: no transform, no loop, no TopK.
PLAIN = {
    *("Add", "Div", "Exp", "Log", "MatMul", "Max", "Min", "Mul", "Sqrt", "Sub"),
    *("ArgMax", "ReduceMax", "ReduceSum", "Where"),
    *("Concat", "Expand", "Gather", "Identity", "Pad", "Reshape", "Shape", "Slice"),
    *("Squeeze", "Transpose", "Unsqueeze"),
}


class TestTheFiles:
    def test_are_what_the_code_makes(self) -> None:
        assert catalogue.drifted() == []

    def test_that_change_are_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "bass").mkdir()
        left_over = tmp_path / "bass" / "bass-1x1.onnx"
        left_over.write_bytes(b"")
        kept = {graphs.path("bass-9x19"): b"one"}
        monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
        monkeypatch.setattr(catalogue, "made", lambda: iter(kept.items()))
        assert set(catalogue.drifted()) == {left_over, *kept}

    def test_are_small(self) -> None:
        sizes = {name: graphs.path(name).stat().st_size for name in graphs.names()}
        assert max(sizes.values()) < LARGEST, sizes

    def test_hold_plain_operations_only(self) -> None:
        for name in graphs.names():
            used = {node.op_type for node in onnx.load(graphs.path(name)).graph.node}
            assert used <= PLAIN, name

    def test_name_their_graph_and_say_what_it_does(self) -> None:
        for name in graphs.names():
            graph = onnx.load(graphs.path(name)).graph
            assert graph.name == name
            assert graph.doc_string

    @pytest.mark.parametrize(
        ("stem", "medians"), [("percussive", separation.HITS), ("bass", separation.LOW_HITS)]
    )
    def test_serve_every_rate(self, stem: str, medians: Medians) -> None:
        """A rate in ten, and those where a frame is a whole number of hundredths."""
        known = set(graphs.names())
        for rate in {*range(2_000, 200_000, 10), *(64 << octave for octave in range(5, 13))}:
            at = ShortTime.lasting(separation.FRAME_SECONDS[stem], rate)
            frames, bins = at.frames_in(medians.seconds), at.bins_in(medians.hertz)
            assert f"{stem}-{frames}x{bins}" in known, rate

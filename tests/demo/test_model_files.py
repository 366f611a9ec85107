"""The demo's model files are what they say: the platform's own inspection measures them."""

from pathlib import Path

import pytest

import modelfiles
from demo.acts.model_files import LARGE, SMALL, Llama, write


class TestWrite:
    @pytest.mark.parametrize(
        ("model", "billions", "bits"), [(SMALL, 6.7, 4.5), (LARGE, 13.0, 16.0)]
    )
    def test_makes_a_whole_file_of_that_size_that_takes_no_room(
        self, tmp_path: Path, model: Llama, billions: float, bits: float
    ) -> None:
        path = write(tmp_path / "model.gguf", model)
        with modelfiles.FileSource(path) as source:
            report = modelfiles.inspect(source)

        assert round(report.parameters / 1e9, 1) == billions
        assert report.bits_per_weight == pytest.approx(bits, abs=0.05)
        assert path.stat().st_blocks * 512 < 1 << 20

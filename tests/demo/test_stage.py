"""The stage says why the platform did not start, and leaves nothing behind."""

import io
from pathlib import Path

import pytest

from demo.stage import Stage, StageFailed
from demo.voice import Voice
from tests.system.running import clean_environment


class TestStage:
    def test_fails_with_the_platforms_last_words(self, tmp_path: Path) -> None:
        out = io.StringIO()
        stage = Stage(tmp_path / "demo", clean_environment(TIFO_PORT="not-a-port"), Voice(out))

        with pytest.raises(StageFailed, match="exit code 2"), stage:
            raise AssertionError("must not open")
        assert "TIFO_PORT" in stage.last_words()
        assert str(stage.log) in out.getvalue()

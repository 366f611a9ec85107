"""The client's README, as a reader would follow it: every snippet, in order, on a real platform."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.synth.crowd import SAMPLE_RATE, cheer
from audio.synth.music import song
from demo.model_files import SMALL, write
from sdks.generate import ROOT
from tests.system.running import Running, clean_environment

pytestmark = pytest.mark.system
README = ROOT / "sdks" / "python" / "README.md"
LOCAL = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("readme") / "data")
    running.wait_ready()
    yield running
    running.stop()


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the files that the snippets name."""
    rng = np.random.default_rng(3)
    soundfile.write(tmp_path / "cheer.flac", cheer(2.0, rng), SAMPLE_RATE)
    soundfile.write(tmp_path / "anthem.ogg", song(rng, seconds=10.0)[0], 44_100)
    write(tmp_path / "chant-writer.gguf", SMALL)
    return tmp_path


def test_works_from_the_first_line_to_the_last(platform: Running, desk: Path) -> None:
    snippets = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    program = "\n".join(snippets).replace(LOCAL, platform.address)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=desk,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr + platform.last_words()
    for expected in ("beta ", "cheer-percussive.wav", "played after", "effects again in"):
        assert expected in done.stdout
    assert "'bytes_retained': 0" in done.stdout

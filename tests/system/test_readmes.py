"""The READMEs as a reader would follow them: every snippet, in order, on a real platform."""

import json
import os
import re
import shutil
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
from tifo_client import Tifo

pytestmark = pytest.mark.system
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


@pytest.fixture
def path_with_curl(tmp_path: Path) -> str:
    """The PATH of this machine; where there is no curl, with one that knows what we use of it."""
    path = os.environ["PATH"]
    if shutil.which("curl"):
        return path
    stand_in = tmp_path / "curl"
    stand_in.write_text(f'#!/bin/sh\nexec {sys.executable} -m tests.system.curl "$@"\n')
    stand_in.chmod(0o755)
    return f"{tmp_path}:{path}"


def snippets(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)


def test_the_clients_works_from_the_first_line_to_the_last(platform: Running, desk: Path) -> None:
    program = "\n".join(snippets(ROOT / "sdks" / "python" / "README.md", "python"))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program.replace(LOCAL, platform.address)],
        cwd=desk,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr + platform.last_words()
    for expected in (
        "beta ",
        "cheer-percussive.wav",
        "played after",
        "50 frames heard",
        "2 users were active",
        "the call itself would pass ['requests']",
        "effects again in",
    ):
        assert expected in done.stdout
    assert "'bytes_retained': 0" in done.stdout


def test_the_gate_answers_as_the_first_one_says(platform: Running, path_with_curl: str) -> None:
    [commands] = [each for each in snippets(ROOT / "README.md", "sh") if "Tifo-Dry-Run" in each]
    key = Tifo.sign_up("Terrace Labs", "you@example.org", platform.address).test_key
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", commands.replace(LOCAL, platform.address)],
        env=clean_environment(TIFO_KEY=key, PATH=path_with_curl),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr + platform.last_words()
    policy, state, bodies = done.stdout.split("\n", 2)
    assert policy.startswith('ratelimit-policy: "requests";q=20;w=2')
    assert state.startswith('ratelimit: "requests";r=19;')
    simulation, end = json.JSONDecoder().raw_decode(bodies)
    assert (simulation["as_asked"]["admitted"], simulation["patient"]["total_ms"]) == (5, 2000)
    assert json.loads(bodies[end:])["admitted"] is True

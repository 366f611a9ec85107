"""The READMEs as a reader would follow them: every snippet, in order, on a real platform."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from demo import samples
from sdks.generate import ROOT
from tests.migrated import copied
from tests.system.running import Running, clean_environment
from tifo_client import Tifo

pytestmark = pytest.mark.system
CLIENT = ROOT / "sdks" / "python" / "README.md"
TUTORIAL = ROOT / "docs" / "tutorial.md"
LOCAL = "http://127.0.0.1:8000"
KEPT = ROOT / ".mypy_cache" / "of_readers"


@pytest.fixture(scope="module")
def platform(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Running]:
    with django_db_blocker.unblock(), copied() as database:
        running = Running(tmp_path_factory.mktemp("readme") / "data", DATABASE_URL=database)
        running.wait_ready()
        yield running
        running.stop()


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with this environment and the files that the documents name."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    samples.make(tmp_path)
    return tmp_path


def path_with_curl(folder: Path) -> str:
    """The PATH of this machine; where there is no curl, with one that knows what we use of it."""
    path = os.environ["PATH"]
    if shutil.which("curl"):
        return path
    stand_in = folder / "curl"
    stand_in.write_text(f'#!/bin/sh\nexec {sys.executable} -m tests.system.curl "$@"\n')
    stand_in.chmod(0o755)
    return f"{folder}:{path}"


def snippets(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)


def followed(text: str) -> str:
    """What a reader types, as one script: commands as they stand, programs saved as is said.

    A program that is to be saved nowhere is run at once.
    """
    steps, name = [], None
    for said, language, snippet in re.findall(
        r"(.*?)^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL
    ):
        named = re.findall(r"Save this as\s+`(\w+\.py)`", said)
        name = named[-1] if named else None
        if language == "python":
            target = f"cat > {name}" if name else ".venv/bin/python -W error -"
            steps.append(f"{target} <<'END OF THE PROGRAM'\n{snippet}END OF THE PROGRAM\n")
        elif language == "sh":
            steps.append(snippet)
    return "\n".join(steps)


def follow(text: str, platform: Running, desk: Path, *, timeout: float) -> str:
    """What the reader sees; the platform stands at another address than the documents say."""
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", followed(text).replace(LOCAL, platform.address)],
        cwd=desk,
        env=clean_environment(PYTHONWARNINGS="error", PATH=path_with_curl(desk)),
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stdout + done.stderr + platform.last_words()
    return done.stdout


def test_the_tutorial_works_from_its_second_step_to_the_last(platform: Running, desk: Path) -> None:
    tutorial = TUTORIAL.read_text()
    seen = follow(tutorial[tutorial.index("## 2.") :], platform, desk, timeout=120)

    lines = seen.splitlines()
    scores = [line for line in lines if re.match(r"[ \d]\d s  score", line)]
    assert [line.split()[0] for line in scores] == [str(second) for second in range(12)]
    assert "'frames_received': 600" in seen
    assert "'bytes_retained': 0" in seen
    assert 'ratelimit-policy: "requests";q=20;w=2' in seen
    assert "5 of 7 pass at once" in seen
    assert "effect 6: ['effects'] again in" in seen
    assert lines[-1].startswith(f"{platform.address}/live")


def live_programs() -> dict[str, str]:
    """What the documents play a sound with, each as one program."""
    [first_score] = [each for each in snippets(TUTORIAL, "python") if "stream.play" in each]
    [derby] = [each for each in snippets(CLIENT, "python") if "stream.play" in each]
    return {"tutorial": first_score, "client": snippets(CLIENT, "python")[0] + derby}


@pytest.mark.parametrize("document", ["tutorial", "client"])
def test_a_sound_that_cannot_be_played_is_told(
    document: str, platform: Running, tmp_path: Path
) -> None:
    """There is no such file; the listener must not wait until the platform gives the line up."""
    organisation = Tifo.sign_up("Terrace Labs", "you@example.org", platform.address)
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            live_programs()[document].replace(LOCAL, platform.address),
        ],
        cwd=tmp_path,
        env=clean_environment(TIFO_URL=platform.address, TIFO_KEY=organisation.test_key),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert done.returncode == 1, done.stdout + platform.last_words()
    assert "ExceptionGroup" in done.stderr
    assert "FileNotFoundError" in done.stderr


def test_the_first_call_of_the_first_one_works(platform: Running, desk: Path) -> None:
    readme = (ROOT / "README.md").read_text()
    first = readme[readme.index("## A first call") : readme.index("## A gate you can check")]
    seen = follow(first, platform, desk, timeout=60)

    assert "requests 20 left of 20" in seen or "requests 19 left of 20" in seen
    assert "chant-stadium.wav" in seen


def test_what_a_user_writes_passes_strict_typing(desk: Path) -> None:
    """Against the client as it is installed, `py.typed` and all.

    What mypy found of the client and of what that needs is kept for the next run: most of the work.
    """
    for number, document in enumerate([TUTORIAL, CLIENT]):
        programs = snippets(document, "python")
        if document == CLIENT:
            programs = ["\n".join(programs)]
        for each, text in enumerate(programs):
            (desk / f"program_{number}_{each}.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", KEPT, *desk.glob("program_*.py")],
        cwd=desk,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout


def test_the_clients_works_from_the_first_line_to_the_last(platform: Running, desk: Path) -> None:
    program = "\n".join(snippets(CLIENT, "python"))
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


def test_the_gate_answers_as_the_first_one_says(platform: Running, tmp_path: Path) -> None:
    [commands] = [each for each in snippets(ROOT / "README.md", "sh") if "Tifo-Dry-Run" in each]
    key = Tifo.sign_up("Terrace Labs", "you@example.org", platform.address).test_key
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", commands.replace(LOCAL, platform.address)],
        env=clean_environment(TIFO_KEY=key, PATH=path_with_curl(tmp_path)),
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

"""The built wheel, alone in a folder of its own, is a whole platform."""

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from tests.checkout import ROOT
from tests.system.running import Running, clean_environment

SCRIPTS = {
    path.relative_to(ROOT / "web").as_posix(): path.read_bytes()
    for path in (ROOT / "web/portal").rglob("*.*")
}
# In one process, since each of them takes longer to start than what it is asked.
ASKED = """
import tifo
from django.core.management import call_command
print(tifo.__file__)
call_command("check")
call_command("showmigrations", "--plan")
"""
pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked as an installer does, with nothing of the checkout beside it."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
        env=clean_environment(),
    )
    (wheel,) = folder.glob("tifo-*.whl")
    target = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def tifo(installed: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs `tifo` from the wheel: a path given first wins over the editable checkout."""
    environment = clean_environment(
        PYTHONPATH=str(installed),
        DATABASE_URL=os.environ["DATABASE_URL"],
        REDIS_URL=os.environ["REDIS_URL"],
        TIFO_SECRET_KEY="a-secret-for-the-wheel-and-nothing-else-0123456789",
        TIFO_KEY_PEPPER="a-pepper-for-the-wheel",
        TIFO_DATA=str(installed.parent / "data"),
    )
    return subprocess.run(
        [sys.executable, "-m", "tifo", *arguments],
        env=environment,
        cwd=installed.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


class TestTheWheel:
    def test_holds_every_package_and_no_platform_folder(self, installed: Path) -> None:
        packages = {path.name for path in installed.iterdir() if path.suffix != ".dist-info"}
        floors = {path.parent.name for path in (ROOT / "platform").glob("*/__init__.py")}
        assert packages == {"apps", "billing", "ratelimit"} | floors
        assert (installed / "apps/portal/templates/portal/live.html").exists()
        assert list((installed / "ratelimit/lua").glob("*.lua"))

    def test_holds_every_document_and_picture(self, installed: Path) -> None:
        carried = {
            path.relative_to(installed / "apps/portal/docs")
            for path in (installed / "apps/portal/docs").rglob("*.*")
        }
        assert carried == {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.*")}
        assert Path("tutorial.md") in carried

    def test_holds_the_browser_code_and_none_of_its_tools(self, installed: Path) -> None:
        carried = {
            path.relative_to(installed / "apps/portal/static").as_posix(): path.read_bytes()
            for path in (installed / "apps/portal/static").rglob("*.*")
        }
        assert carried == SCRIPTS
        assert not list(installed.rglob("package.json"))

    def test_is_what_runs_checks_itself_and_knows_all_its_migrations(self, installed: Path) -> None:
        told = tifo(installed, "shell", "-v", "0", "-c", ASKED)
        assert told.returncode == 0, told.stderr
        file, checked, *planned = told.stdout.splitlines()
        assert Path(file).is_relative_to(installed)
        assert checked == "System check identified no issues (0 silenced)."
        names = {line.split()[-1] for line in planned}
        assert {"tenants.0002_seed_tiers", "jobs.0001_initial", "noucamp.0001_initial"} <= names


@pytest.fixture(scope="module")
def platform(installed: Path) -> Iterator[Running]:
    running = Running(installed.parent / "up", PYTHONPATH=str(installed))
    try:
        running.wait_ready(within_s=90)
        yield running
    finally:
        running.stop()


class TestThePlatformFromTheWheel:
    def test_serves_the_documents_and_their_pictures(self, platform: Running) -> None:
        page = httpx.get(f"{platform.address}/docs/reference/environment")
        assert "<code>TIFO_PROFILE</code>" in page.text
        assert httpx.get(f"{platform.address}/docs/reference/environment.md").text.startswith("# E")
        shown = httpx.get(f"{platform.address}/docs/images/live.png")
        assert shown.content.startswith(b"\x89PNG")

    def test_serves_the_browser_code(self, platform: Running) -> None:
        with httpx.Client(base_url=f"{platform.address}/static/") as client:
            served = {file: client.get(file).raise_for_status().content for file in SCRIPTS}
        assert served == SCRIPTS

    def test_finishes_a_job_whose_worker_was_killed_and_counts_it_once(
        self, platform: Running
    ) -> None:
        owner = sign_up(platform.address)
        clip = owner.post("/v1/clips", files={"file": ("noise.wav", noise(seconds=45.0))}).json()
        asked = {"clip": clip["id"], "kind": "stem", "name": "vocals"}
        effect = owner.post("/v1/effects", json=asked).json()
        wait_for(owner, effect["job"], "running")
        os.kill(platform.pids["worker-cpu"], signal.SIGKILL)
        job = wait_for(owner, effect["job"], "succeeded")
        assert job["attempt"] == 2
        assert owner.get("/v1/usage").json()["meters"]["effects"] == "1"
        sound = httpx.get(job["files"][0]["url"])
        assert sound.content.startswith(b"RIFF")
        owner.close()


def sign_up(address: str) -> httpx.Client:
    """A client under the live key of a new organisation."""
    body = {"name": "Wheel", "email": "wheel@tifo.example"}
    key = httpx.post(f"{address}/v1/organisations", json=body, timeout=30).json()["live_key"]
    return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=30)


def noise(seconds: float, rate: int = 44_100) -> bytes:
    samples = np.random.default_rng(1).normal(0, 0.1, (int(seconds * rate), 2))
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="WAV")
    return buffer.getvalue()


def wait_for(owner: httpx.Client, job_id: str, state: str, within_s: float = 120.0) -> Any:
    deadline = time.monotonic() + within_s
    while (job := owner.get(f"/v1/jobs/{job_id}").json())["state"] != state:
        assert time.monotonic() < deadline, job
        assert job["state"] != "failed", job
        time.sleep(0.2)
    return job

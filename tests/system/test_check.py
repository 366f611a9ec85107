"""`tifo check --deploy` with the variables of the manual, and without one of them."""

import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.servers.redis_server import Answering, answering
from tests.system.running import clean_environment

pytestmark = pytest.mark.system
MANUAL = ROOT / "docs" / "how-to" / "run-in-production.md"


def variables(data: Path) -> dict[str, str]:
    """As the manual gives them, with secrets that it leaves to the reader."""
    [block] = re.findall(
        r"^```sh\n(TIFO_PROFILE=production\n.*?)^```", MANUAL.read_text(), re.MULTILINE | re.DOTALL
    )
    told = dict(line.split("=", 1) for line in block.splitlines())
    return told | {
        "TIFO_SECRET_KEY": secrets.token_urlsafe(48),
        "TIFO_KEY_PEPPER": secrets.token_urlsafe(48),
        "TIFO_DATA": str(data),
    }


def checked(given: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tifo", "check", "--deploy", "--fail-level", "WARNING"],
        env=clean_environment(**given),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    with answering(tmp_path_factory.mktemp("redis")) as server:
        yield server


def test_reports_nothing_of_what_the_manual_gives(tmp_path: Path, redis: Answering) -> None:
    done = checked(variables(tmp_path) | {"REDIS_URL": redis.url}, tmp_path)
    assert (done.returncode, done.stdout) == (
        0,
        "System check identified no issues (0 silenced).\n",
    )


def test_names_all_that_is_unsafe(tmp_path: Path, redis: Answering) -> None:
    given = variables(tmp_path) | {"REDIS_URL": redis.url, "TIFO_VISIBILITY_SECONDS": "60"}
    del given["TIFO_TRUSTED_PROXIES"]
    with redis.set_to("maxmemory-policy", "allkeys-lru"), redis.set_to("appendonly", "no"):
        done = checked(given, tmp_path)
    assert done.returncode == 1
    assert "TIFO_TRUSTED_PROXIES" in done.stderr
    assert set(re.findall(r"\((tifo\.\w+)\)", done.stderr)) == {
        "tifo.W001", "tifo.E002", "tifo.W005", "tifo.W006", "tifo.W008", "tifo.W009",
    }  # fmt: skip

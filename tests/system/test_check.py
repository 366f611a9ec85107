"""`tifo check --deploy` with the variables of the manual, and without one of them."""

import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT
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


def test_reports_nothing_of_what_the_manual_gives(tmp_path: Path) -> None:
    done = checked(variables(tmp_path), tmp_path)
    assert (done.returncode, done.stdout) == (
        0,
        "System check identified no issues (0 silenced).\n",
    )


def test_warns_where_no_proxy_is_named(tmp_path: Path) -> None:
    given = variables(tmp_path)
    del given["TIFO_TRUSTED_PROXIES"]
    done = checked(given, tmp_path)
    assert done.returncode == 1
    assert re.findall(r"\((\w+\.W\d+)\)", done.stderr) == ["tifo.W001"]
    assert "TIFO_TRUSTED_PROXIES" in done.stderr

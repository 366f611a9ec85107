"""What `make` tells whoever calls it."""

import subprocess

from tests.checkout import ROOT
from tests.modelhub import real


def test_models_ends_by_saying_where_they_are() -> None:
    dry = ["make", "--dry-run", "--no-print-directory", "models"]  # by `make test`, too
    told = subprocess.run(dry, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    last = told.splitlines()[-1]
    assert last.startswith("echo ")
    for shown in (real.SPEECH, real.NOTES, str(ROOT / ".models")):
        assert shown in last

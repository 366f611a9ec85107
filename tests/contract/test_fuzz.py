"""A stranger's fuzzer, Schemathesis, reads the document and finds nothing that the platform breaks.

All its phases over all operations: examples, coverage, fuzzing, and the stateful one, which goes on
with the ids that answers hold. The same seed makes the same cases.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests import openapi
from tests.checkout import ROOT
from tests.contract.conftest import House
from tests.contract.run import VARIABLE, Run

DOCUMENT = ROOT / "openapi" / "openapi.yaml"
SETTINGS = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = int(os.environ.get("TIFO_FUZZ_EXAMPLES", "20"))  # for each operation and phase
PATIENCE_S = 540
TURNED_AWAY = {401, 403, 429}
pytestmark = [pytest.mark.soak, pytest.mark.system]


def fuzz(house: House, run: Run, folder: Path) -> tuple[dict[str, Any], str]:
    """The fuzzer's report and its words."""
    report = folder / "report.json"
    done = subprocess.run(
        [
            Path(sys.executable).with_name("st"),
            f"--config-file={SETTINGS}",
            "run",
            DOCUMENT,
            f"--url={house.running.address}",
            "--phases=examples,coverage,fuzzing,stateful",
            f"--max-examples={EXAMPLES}",
            "--generation-deterministic",
            "--request-timeout=60",
            "--continue-on-failure",
            "--no-color",
            "--report=json",
            f"--report-json-path={report}",
        ],
        cwd=folder,
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "platform"))),
            "SCHEMATHESIS_HOOKS": "tests.contract.hooks",
            VARIABLE: str(run.write(folder / "run.json")),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert report.exists(), done.stdout + done.stderr
    return json.loads(report.read_text()), done.stdout


@pytest.mark.parametrize("mode", ["live", "test"])
def test_finds_nothing(house: House, mode: str, tmp_path: Path) -> None:
    run = house.runs[mode]
    report, said = fuzz(house, run, tmp_path)
    found = [
        f"{each['title']}: {each['count']} in {each['operations']}" for each in report["failures"]
    ]
    assert not found, "\n".join([*found, said[-100_000:]])
    assert not report["errors"], said
    assert report["complete"]
    assert all(
        report["phases"][phase]["status"] == "success"
        for phase in ("coverage", "fuzzing", "stateful")
    )
    everything_was_reached(run)


def everything_was_reached(run: Run) -> None:
    """Or nothing was proved: a fuzzer that was only ever turned away finds nothing either."""
    statuses = run.statuses()
    turned_away = sum(statuses[status] for status in TURNED_AWAY) / statuses.total()
    done = sum(count for status, count in statuses.items() if status < 300) / statuses.total()
    print(f"{statuses.total()} calls, {done:.0%} done, {turned_away:.0%} turned away: {statuses}")
    assert turned_away < 0.2
    assert done > 0.15
    answered: dict[str, Counter[int]] = {}
    for operation, status in run.calls():
        answered.setdefault(operation, Counter())[status] += 1
    for method, path, _ in openapi.operations():
        name = f"{method} {path}"
        assert set(answered[name]) - TURNED_AWAY - {405}, f"{name}: {answered[name]}"

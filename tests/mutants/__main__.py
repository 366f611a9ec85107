"""`python -m tests.mutants`: break the code in small ways, and see whether the suite notices.

Each change is made alone, in a copy of the tree, and the tests of its module are run, then those of
its part; a change that they let pass is run against the tests of all parts that use it. What
survives is a test that is missing, or a change that means nothing: those stand in `equivalent.txt`,
each with its reason.
"""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.checkout import ROOT
from tests.mutants.operators import Change, lua_changes, python_changes
from tests.mutants.trial import Trial

# The tests of a part, nearest first, and those of what stands on it.
PARTS = {
    "billing": [["tests/billing"], ["tests/account"]],
    "platform/gateway": [
        ["tests/gateway"],
        [
            "tests/account",
            "tests/portal",
            "tests/noucamp",
            "tests/live_audio_feedback",
            "tests/live_room",
        ],
    ],
    "platform/jobs": [["tests/jobs"], ["tests/account", "tests/live_room", "tests/avsync"]],
    "platform/metering": [["tests/metering"], ["tests/gateway", "tests/jobs", "tests/account"]],
    "platform/modelhub": [["tests/modelhub"], ["tests/model_registry"]],
    "platform/tenants": [["tests/tenants"], ["tests/account", "tests/portal", "tests/gateway"]],
    "ratelimit": [["tests/ratelimit"], ["tests/gateway", "tests/account", "tests/portal"]],
}
# What shows a page to an operator, or declares a table: read by people, or by Django.
LEFT_OUT = {"admin.py", "apps.py", "models.py", "migrations"}


def main(arguments: list[str]) -> int:
    asked = _parser().parse_args(arguments)
    parts = [part for part in PARTS if asked.only in part]
    known = _equivalent()
    drawn = [*_drawn(parts, asked.count, asked.seed, known)]  # of the tree that is copied now
    survivors = 0
    with (
        tempfile.TemporaryDirectory(prefix="tifo-mutants-") as folder,
        Trial(ROOT, Path(folder)) as trial,
    ):
        if not _passes_as_it_is(trial, parts):
            return 2
        for number, (part, change) in enumerate(drawn, 1):
            survived = trial.survives(change, [*_of_its_module(change), *PARTS[part]])
            survivors += survived
            _say(f"{number:4d}  {'SURVIVED' if survived else 'noticed '}  {change}")
        if not _passes_as_it_is(trial, parts):
            return 2
    _say(f"{survivors} survived.")
    return 1 if survivors else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _passes_as_it_is(trial: Trial, parts: list[str]) -> bool:
    for part in parts:
        if not trial.passes(PARTS[part][0]):
            sys.stderr.write(
                f"{trial.last_words()}\n{part}: its tests fail on the code as it is.\n"
            )
            return False
    return True


def _of_its_module(change: Change) -> list[list[str]]:
    """The tests that bear the module's name, or lie in a room of its name, if there are any."""
    name = Path(change.path).stem
    found = sorted(
        {*ROOT.glob(f"tests/**/test_{name}.py"), *ROOT.glob(f"tests/**/{name}/test_*.py")}
    )
    return [[str(test.relative_to(ROOT)) for test in found]] if found else []


def changes_of(part: str) -> list[Change]:
    """Every change that can be tried in a part of the tree."""
    found: list[Change] = []
    for path in sorted((ROOT / part).rglob("*")):
        if not LEFT_OUT.isdisjoint(path.relative_to(ROOT).parts):
            continue
        name = str(path.relative_to(ROOT))
        if path.suffix == ".py":
            found += python_changes(name, path.read_text())
        elif path.suffix == ".lua":
            found += lua_changes(name, path.read_text())
    return found


def _drawn(
    parts: list[str], count: int, seed: int, known: set[str]
) -> Iterator[tuple[str, Change]]:
    """As many of each part, so that a small one is tried as hard as a large one."""
    for place, part in enumerate(parts):
        share = count // len(parts) + (place < count % len(parts))
        changes = [change for change in changes_of(part) if _without_line(change) not in known]
        drawn = random.Random(f"{seed} {part}").sample(changes, min(share, len(changes)))
        yield from ((part, change) for change in sorted(drawn))


def _equivalent() -> set[str]:
    lines = (Path(__file__).parent / "equivalent.txt").read_text().splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def _without_line(change: Change) -> str:
    """As `equivalent.txt` names it: lines move."""
    path, _, rest = str(change).split(":", 2)
    return f"{path}:{rest}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=int(os.environ.get("COUNT") or 50))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or 1))
    parser.add_argument(
        "--only", default=os.environ.get("ONLY", ""), help="a part of a part's name"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

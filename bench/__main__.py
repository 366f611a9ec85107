"""`python -m bench`: measure every figure, or those whose name begins with `--only`."""

import argparse
import importlib
import os
import sys
import time
from collections.abc import Sequence

from bench import report, runner
from bench.figure import Figure, NoSuchFigure, named
from bench.runner import Result
from bench.servers import NotMeasurable, Servers


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every figure was measured or cannot be here, 1 when one failed, 2 for no figure."""
    asked = _parser().parse_args(arguments)
    # Before NumPy is loaded: what is measured on one core has no other to help itself to.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with Servers() as servers:
        servers.set_up_django()
        try:
            figures = named(importlib.import_module("bench.figures").FIGURES, asked.only)
        except NoSuchFigure as unknown:
            _say(str(unknown))
            return 2
        results, failed = measure(figures, servers, asked.rounds)
    report.write(results)
    print(f"\n{report.table(results)}\n\n{runner.machine()}; medians of {asked.rounds} rounds")
    return 1 if failed else 0


def measure(
    figures: Sequence[Figure], servers: Servers, rounds: int
) -> tuple[list[Result], list[str]]:
    """The results, and the names of the figures that failed; says on stderr where it stands."""
    results: list[Result] = []
    failed: list[str] = []
    for figure in figures:
        began = time.perf_counter()
        _say(f"{figure.name}: {figure.measures}")
        try:
            results += runner.run(figure, servers, rounds=rounds, clocks=runner.Clocks())
        except NotMeasurable as lack:
            _say(f"  not measured here: {lack}")
        except Exception as error:  # noqa: BLE001  (one broken figure must not hide the others)
            _say(f"  failed: {type(error).__name__}: {error}")
            failed.append(figure.name)
        else:
            _say(f"  {time.perf_counter() - began:.1f} s")
    return results, failed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default="", metavar="PREFIX", help="a part of the figures")
    parser.add_argument("--rounds", type=_rounds, default=5, help="rounds per figure (5)")
    return parser


def _rounds(text: str) -> int:
    rounds = int(text)
    if rounds < 1:
        raise argparse.ArgumentTypeError("at least one round")
    return rounds


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

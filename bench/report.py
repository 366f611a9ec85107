"""What a run leaves behind: a table for a reader, `results.json` for a program."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from bench.runner import Result

RESULTS = Path(__file__).parent / "results.json"
_TITLES = ("figure", "ours", "unit", "peer", "peer's", "ours is")


def table(results: Sequence[Result]) -> str:
    """One line per figure, numbers flush right."""
    rows = [_TITLES, *(_row(result) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_TITLES))]
    rule = tuple("─" * width for width in widths)
    return "\n".join(_line(row, widths) for row in (rows[0], rule, *rows[1:]))


def write(results: Iterable[Result], path: Path = RESULTS) -> None:
    """The results as a JSON list; only what this run measured."""
    path.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")


def compared(ratio: float | None) -> str:
    """A ratio in words: `2.5 × better`, `1.3 × worse`, `–` where nothing can be said."""
    if ratio is None:
        return "–"
    better = ratio >= 1
    return f"{significant(ratio if better else 1 / ratio)} × {'better' if better else 'worse'}"


def significant(number: float) -> str:
    """Three significant digits, never in powers of ten."""
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}" if abs(number) >= 0.001 else f"{number:.6f}"


def _row(result: Result) -> tuple[str, ...]:
    return (
        result.name,
        significant(result.value),
        result.unit,
        result.peer,
        significant(result.peer_value),
        compared(result.ratio),
    )


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    flush_right = {1, 4, 5}
    cells = (
        cell.rjust(width) if column in flush_right else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()

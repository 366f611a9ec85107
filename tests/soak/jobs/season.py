"""A season of the soak of jobs, played once on each kind of broker and store."""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tests.processes import gone
from tests.soak.jobs.asking import Crowd
from tests.soak.jobs.killing import Kill, Killer, ask
from tests.soak.jobs.plan import Books, plan
from tests.soak.jobs.stage import Stage, Variant

JOBS: Final = int(os.environ.get("TIFO_SOAK_JOBS", "2000"))
KILLS: Final = 105 * JOBS // 2000
VARIANTS: Final = 3
PAUSE_S: Final = 2.5
AHEAD: Final = 40  # so many may be asked for before their share of kills is done
ENDED_WITHIN_S: Final = 90.0
UNHEARD: Final = timedelta(seconds=21)  # after which a worker is taken for dead
_OPEN: Final = """
    SELECT count(*) FILTER (WHERE state IN ('queued', 'running', 'cancelling')),
        count(*) FILTER (WHERE refund_due)
    FROM jobs_job
"""


_BEGUN: Final = "SELECT id FROM jobs_job WHERE id = ANY (%s) AND state <> 'queued'"


@dataclass
class Season:
    """All that has been done, for the tests that look at it."""

    variant: Variant
    books: Books
    kills: list[Kill] = field(default_factory=list)
    left_behind: list[int] = field(default_factory=list)
    open_at_the_end: tuple[int, int] = (0, 0)
    rows: dict[str, Any] = field(default_factory=dict)
    days_later: dict[str, list[str]] = field(default_factory=dict)
    dead_but_living: list[str] = field(default_factory=list)
    lost: int = 0
    took_s: dict[str, int] = field(default_factory=dict)

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        return {job["id"]: job for job in self.rows["jobs"]}


class Playing:
    """From the first sign-up until nothing waits any more, and what there is to see then."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.season = Season(stage.variant, Books(plan(JOBS // VARIANTS, seed=17)))
        self.killer = Killer(stage, -(-KILLS // VARIANTS), PAUSE_S, seed=5)
        self.crowd = Crowd(stage.address, self.season.books, self._may_be_asked, self._begun)

    def play(self) -> Season:
        season, began = self.season, time.monotonic()
        self.crowd.sign_up()
        with self.killer.at_work():
            self.crowd.ask_for_all()
        season.took_s["asked and killed"] = round(time.monotonic() - began)
        season.kills, season.left_behind = self.killer.kills, self.killer.left_behind
        season.lost = self.stage.lost.stat().st_size
        self._let_all_end()
        season.took_s["until all had ended"] = round(time.monotonic() - began)
        self._let_the_dead_be_missed()
        self._read()
        return season

    def _may_be_asked(self) -> int:
        return int(AHEAD + len(self.season.books.asked) * self.killer.share)

    def _begun(self, jobs: Sequence[str]) -> list[str]:
        return [job for [job] in ask(self.stage.database, _BEGUN, jobs)]

    def _let_all_end(self) -> None:
        latest = time.monotonic() + ENDED_WITHIN_S
        while True:
            [self.season.open_at_the_end] = ask(self.stage.database, _OPEN)
            if self.season.open_at_the_end == (0, 0) or time.monotonic() > latest:
                return
            time.sleep(0.2)

    def _let_the_dead_be_missed(self) -> None:
        left = self.season.kills[-1].at + UNHEARD - datetime.now(UTC)
        time.sleep(max(left.total_seconds(), 0))

    def _read(self) -> None:
        season, folder = self.season, self.stage.folder
        season.rows = self._told("write_down", folder / "rows.json")
        season.dead_but_living = [
            each for each in season.rows["living"] if gone(int(each.split("@")[0].split("-")[-1]))
        ]
        season.days_later = self._told("end_all", folder / "later.json")

    def _told(self, name: str, path: Path) -> Any:
        self.stage.operate(name, str(path))
        return json.loads(path.read_text())

"""What must have become of each job, from what its callers and the killer know. No code of ours."""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, NamedTuple

from tests.soak.jobs.killing import TAKES_JOBS_ALONG, Kill
from tests.soak.jobs.plan import ALIKE, TRACK, Asked
from tests.soak.jobs.season import Season

FINAL: Final = {"succeeded", "failed", "cancelled", "aborted", "expired", "dead"}
BY_KIND: Final = {"soak.refuses": "failed", "soak.breaks": "failed", "soak.dies": "dead"}
AROUND: Final = timedelta(seconds=0.5)  # of a kill: what was under way just then is its doing
SECONDS: Final = "job_seconds_cpu"
EFFECTS: Final = "effects"


class Told(NamedTuple):
    """An event of a job."""

    state: str
    attempt: int
    at: datetime


class Recovery(NamedTuple):
    """How long it took until a job ran again that a kill had interrupted, or had ended."""

    seconds: float
    what: str
    job: str


class Recount:
    """The season, looked at job by job."""

    def __init__(self, season: Season) -> None:
        self.season = season
        self.jobs, self.asked = season.jobs, season.books.by_job
        self.stories: dict[str, list[Told]] = defaultdict(list)
        for job, name, attempt, at in season.rows["events"]:
            if (state := name.removeprefix("job.")) != "progressed":
                self.stories[job].append(Told(state, attempt, datetime.fromisoformat(at)))

    @cached_property
    def usage(self) -> dict[str, dict[str, Decimal]]:
        """Of each job: what it counts, by meter."""
        found: dict[str, dict[str, Decimal]] = defaultdict(dict)
        for row in self.season.rows["usage"]:
            assert row["meter"] not in found[row["source"]], "counted twice"
            found[row["source"]][row["meter"]] = Decimal(row["quantity"])
        return found

    def may_have_become(self, job: str) -> set[str]:
        """The states that it may be in, by what it is, what its caller did, and what was killed."""
        asked = self.asked[job]
        natural = {BY_KIND.get(asked.kind, "succeeded")}
        if asked.cancelled == "aborted":
            return {"aborted"}
        if asked.cancelled in {"cancelling", "cancelled"}:
            # Its end may have come between the cancel and the worker's next look.
            late = {"expired"} if asked.deadline_s is not None else set()
            return {"cancelled"} | late | (natural & {"failed"})
        if asked.deadline_s is not None:
            natural.add("expired")
        if self.jobs[job]["attempt"] >= 3:
            natural.add("dead")
        return natural

    def lost_for_nothing(self, job: str) -> list[int]:
        """Attempts that ended without an end of the job, and nothing was killed meanwhile."""
        asked = self.asked[job]
        if asked.kind in {"soak.dies", ALIKE}:  # a batch may let its jobs go, to be tried alone
            return []
        runs = [each for each in self.stories[job] if each.state == "running"]
        ends = [each.at for each in runs[1:]]
        ends += [each.at for each in self.stories[job] if each.state == "dead"]
        return [
            run.attempt
            for run, end in zip(runs, ends, strict=False)
            if not self.kills_between(run.at, end)
        ]

    def kills_between(self, begin: datetime, end: datetime) -> list[Kill]:
        """Those that may end attempts, in that time."""
        return [
            kill
            for kill in self.season.kills
            if kill.what in TAKES_JOBS_ALONG
            and kill.at - AROUND < end
            and (kill.back or kill.at) + AROUND > begin
        ]

    def owes(self, job: str) -> dict[str, Decimal]:
        """What it must have counted, by the rule: what succeeded, or was cancelled as it ran."""
        row = self.jobs[job]
        if row["state"] not in {"succeeded", "cancelled"}:
            return {}
        sharers = row["shared_by"] if row["attempt"] == 1 else 1
        ran = (_moment(row["finished_at"]) - _moment(row["started_at"])) / sharers
        counted = {SECONDS: Decimal(max(ran // timedelta(milliseconds=1), 0)) / 1000}
        return counted if row["kind"] == TRACK else {**counted, EFFECTS: Decimal(1)}

    def died_while_it_was_cancelled(self, job: str) -> bool:
        """Then nothing is owed for it: its last attempt began before a kill that ended it."""
        row = self.jobs[job]
        began, ended = _moment(row["started_at"]), _moment(row["finished_at"])
        dies = self.asked[job].kind == "soak.dies"
        return row["state"] == "cancelled" and (dies or bool(self.kills_between(began, ended)))

    def is_due_back(self, job: str) -> bool:
        """Whether its charges must have been given back."""
        row = self.jobs[job]
        if row["state"] == "failed":
            return bool(row["error"]["status"] >= 500)
        return row["state"] in {"aborted", "expired", "dead"}

    def recoveries(self) -> list[Recovery]:
        """Of each job that ran in what was killed; and of each broker, of the first job after it.

        Counted from the kill, but for the time in which Postgres or the broker was away.
        """
        found = [each for kill in self.season.kills for each in self._recoveries(kill)]
        return sorted(found, reverse=True)

    def _recoveries(self, kill: Kill) -> Iterator[Recovery]:
        for job, attempt in kill.held if kill.what in TAKES_JOBS_ALONG else []:
            after = [each for each in self.stories[job] if each.at >= kill.at]
            next_at = next((each.at for each in after if _goes_on(each, attempt)), None)
            if next_at is not None:
                yield Recovery(self._seconds(kill.at, next_at), kill.what, job)
        if kill.what == "broker" and kill.waiting and kill.back:
            back = kill.back
            runs = (each for story in self.stories.values() for each in story)
            first = min((e.at for e in runs if e.state == "running" and e.at >= back), default=None)
            if first is not None:
                yield Recovery(self._seconds(back, first), kill.what, "")

    def _seconds(self, begin: datetime, end: datetime) -> float:
        """Without the time in which Postgres or the broker was away."""
        away = timedelta()
        for kill in self.season.kills:
            if kill.what in {"postgres", "broker"} and kill.back:
                away += max(min(kill.back, end) - max(kill.at, begin), timedelta())
        return (end - begin - away).total_seconds()

    def never_went_on(self) -> list[str]:
        """Jobs that were held by what was killed, and of which nothing was heard afterwards."""
        return [
            job
            for kill in self.season.kills
            for job, attempt in kill.held
            if not any(_goes_on(told, attempt) for told in self.stories[job])
        ]


def _goes_on(told: Told, attempt: int) -> bool:
    return told.state in FINAL or (told.state == "running" and told.attempt > attempt)


def _moment(written: str) -> datetime:
    return datetime.fromisoformat(written)


def spans(recoveries: Sequence[Recovery]) -> str:
    """In seconds, by what was killed: the median, and the longest."""
    by_what: dict[str, list[float]] = defaultdict(list)
    for each in recoveries:
        by_what[each.what].append(each.seconds)
    return ", ".join(
        f"{what} {statistics.median(found):.1f} and {max(found):.1f} ({len(found)} times)"
        for what, found in sorted(by_what.items())
    )


def sums(rows: Sequence[dict[str, Any]]) -> dict[tuple[str, bool, str], Decimal]:
    """Quantities by organisation, mode and meter."""
    total: dict[tuple[str, bool, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        total[row["organisation__name"], row["livemode"], row["meter"]] += Decimal(row["quantity"])
    return dict(total)


def kept(asked: Asked, row: dict[str, Any], policy: str) -> bool:
    """Whether the job's charge under a window stands: it carries the receipt."""
    return any(each["policy"]["name"] == policy for each in row["charges"])

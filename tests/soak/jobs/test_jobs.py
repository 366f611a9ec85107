"""Two thousand jobs through the real platform while all of it is being killed.

Workers and the processes that work for them, the housekeeping, the clock, the web process, the
broker and Postgres; a tenth of all wake-ups never arrives. What callers and killer know is held
against the database, Redis and the store.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar, Final

import pytest

from tests.conftest import MEASURED
from tests.servers import rabbitmq
from tests.soak.jobs.inside.noise import noise
from tests.soak.jobs.plan import TRACK
from tests.soak.jobs.recount import FINAL, Recount, kept, spans, sums
from tests.soak.jobs.season import JOBS, KILLS, VARIANTS, Playing
from tests.soak.jobs.stage import Server, Stage, Variant

pytestmark = [pytest.mark.soak, pytest.mark.system]
MANY: Final = 500
RECOVERS_WITHIN_S: Final = 10.0
WINDOWED: Final = ("North", "South")  # whose tier has a window of effects


@pytest.fixture(scope="class")
def counted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Recount]:
    folder = tmp_path_factory.mktemp("jobs")
    stage = Stage(request.cls.variant, folder, request.cls.broker(folder))
    try:
        stage.start()
        yield Recount(Playing(stage).play())
    finally:
        stage.stop()


class Jobs:
    """One season on one kind of broker and store, which only one process may play."""

    variant: ClassVar[Variant]

    @staticmethod
    def broker(folder: Path) -> Server | None:
        """One of its own, where it is not the platform's Redis."""
        return None

    def test_was_tried_by_what_was_promised(
        self, counted: Recount, record_property: Callable[[str, object], None]
    ) -> None:
        season = counted.season
        states = Counter(job["state"] for job in counted.jobs.values())
        attempts = Counter(job["attempt"] for job in counted.jobs.values())
        kills = Counter(kill.what for kill in season.kills)
        shared = sum(job["shared_by"] > 1 for job in counted.jobs.values())
        record_property(
            MEASURED,
            f"{len(counted.asked)} jobs, {dict(states)}, attempts {dict(attempts)}; "
            f"kills {dict(kills)}; {season.lost} wake-ups lost; tried again "
            f"{dict(season.books.retries)}; seconds until it went on, median and worst: "
            f"{spans(counted.recoveries())}; {shared} jobs were done as one with others; "
            f"seconds: {season.took_s}",
        )
        assert len(season.kills) * VARIANTS >= KILLS
        assert len(counted.asked) == JOBS // VARIANTS
        assert kills.keys() >= {"worker", "hand", "web", "broker", "postgres"}
        assert season.lost > 0
        assert shared or len(counted.jobs) < MANY  # in a short season all may come one by one

    def test_loses_no_acknowledged_job_and_makes_none_twice(self, counted: Recount) -> None:
        assert counted.jobs.keys() == counted.asked.keys()

    def test_ends_all_of_them(self, counted: Recount) -> None:
        assert counted.season.open_at_the_end == (0, 0)
        assert {job["state"] for job in counted.jobs.values()} <= FINAL

    def test_ends_each_once(self, counted: Recount) -> None:
        wrong = {
            job: story
            for job, story in counted.stories.items()
            if [each.state for each in story if each.state in FINAL] != [counted.jobs[job]["state"]]
            or story[-1].state not in FINAL
        }
        assert wrong == {}

    def test_ends_each_as_its_caller_can_tell(self, counted: Recount) -> None:
        wrong = {
            job: (row["state"], counted.asked[job], row["error"])
            for job, row in counted.jobs.items()
            if row["state"] not in counted.may_have_become(job)
        }
        assert wrong == {}

    def test_loses_no_attempt_unless_something_was_killed(self, counted: Recount) -> None:
        lost = {job: counted.lost_for_nothing(job) for job in counted.jobs}
        assert {job: counted.stories[job] for job, attempts in lost.items() if attempts} == {}

    def test_bills_each_once_or_not_at_all_as_the_rule_says(self, counted: Recount) -> None:
        wrong = {
            job: (row["state"], counted.usage.get(job), counted.owes(job))
            for job, row in counted.jobs.items()
            if counted.usage.get(job, {}) != counted.owes(job)
            and not (job not in counted.usage and counted.died_while_it_was_cancelled(job))
        }
        assert wrong == {}
        assert counted.usage.keys() <= counted.jobs.keys()

    def test_adds_up_to_what_each_organisation_is_told(self, counted: Recount) -> None:
        assert sums(counted.season.rows["totals"]) == sums(counted.season.rows["usage"])

    def test_counts_how_many_ended_how(self, counted: Recount) -> None:
        ended = Counter(
            (job["organisation__name"], job["livemode"], job["state"])
            for job in counted.jobs.values()
        )
        rows = {
            (row["organisation__name"], row["livemode"], row["state"]): row["jobs"]
            for row in counted.season.rows["counts"]
            if row["jobs"]
        }
        assert rows == dict(ended)

    def test_gives_back_what_is_not_owed_and_nothing_else(self, counted: Recount) -> None:
        wrong = {}
        for job, row in counted.jobs.items():
            if row["kind"] == TRACK or counted.asked[job].degraded:  # which spent no effect
                continue
            due = counted.is_due_back(job) or (
                row["state"] == "cancelled" and job not in counted.usage
            )
            if due is bool(row["charges"]) or row["refund_due"]:
                wrong[job] = row
        assert wrong == {}

    def test_leaves_in_the_window_what_is_owed(self, counted: Recount) -> None:
        """Beside that, no more than what was admitted for calls whose answer was lost."""
        for team in WINDOWED:
            for policy, spent in counted.season.rows["windows"][team].items():
                own = [asked for asked in counted.asked.values() if asked.team == team]
                stand = sum(kept(each, counted.jobs[each.job], policy) for each in own)
                unanswered = sum(each.tries - 1 for each in own)
                degraded = sum(each.degraded for each in own)
                assert stand <= spent <= stand + unanswered + degraded, (team, policy)

    def test_keeps_the_files_of_what_succeeded_alone(self, counted: Recount) -> None:
        made = {file["job"]: file for file in counted.season.rows["files"]}
        with_files = {"soak.writes", "live_room.render", TRACK}
        succeeded = {
            job
            for job, row in counted.jobs.items()
            if row["state"] == "succeeded" and row["kind"] in with_files
        }
        assert made.keys() == succeeded
        assert len(made) == len(counted.season.rows["files"])
        for job, file in made.items():
            assert file["row"] == file["sha256"], job
            assert file["size"], job
            if counted.jobs[job]["kind"] == "soak.writes":
                number = counted.asked[job].number
                assert file["sha256"] == hashlib.sha256(noise(number)).hexdigest()

    def test_leaves_no_bytes_without_a_row_and_no_row_without_its_bytes(
        self, counted: Recount
    ) -> None:
        later = counted.season.days_later
        assert later["lie"] == later["named"]
        assert later["kinds"] == [TRACK]  # whose timeline lives as long as the track

    def test_takes_no_dead_worker_for_a_living_one(self, counted: Recount) -> None:
        assert counted.season.dead_but_living == []
        assert counted.season.left_behind == []

    def test_goes_on_within_seconds(self, counted: Recount) -> None:
        assert counted.never_went_on() == []
        slow = [each for each in counted.recoveries() if each.seconds > RECOVERS_WITHIN_S]
        assert {each: counted.stories[each.job] for each in slow} == {}


class TestOnRedis(Jobs):
    variant = Variant("redis", "folder")


class TestOnRedisWithABucket(Jobs):
    variant = Variant("redis", "bucket")


class TestOnRabbitMQ(Jobs):
    variant = Variant("rabbitmq", "folder")

    @staticmethod
    def broker(folder: Path) -> Server:
        rabbitmq.wanted()
        return rabbitmq.RabbitMQ(folder / "rabbitmq")

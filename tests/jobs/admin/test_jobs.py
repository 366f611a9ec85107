"""What the operator sees of jobs, cancels and puts on its queue again."""

from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client

from foundation.clock import now
from jobs import services
from jobs.models import Job
from jobs.queries import signals
from jobs.registry import Result
from jobs.services import NotDead, Spent
from metering.meters import MeterName
from tests.conftest import Tenant
from tests.jobs.asking import CPU, ask, job_held, take
from tests.jobs.work import SECOND, cancel

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.fixture
def onlooker() -> Client:
    """Who may look at jobs and no more."""
    user = User.objects.create_user("onlooker", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_job"))
    client = Client()
    client.force_login(user)
    return client


def died(tenant: Tenant, at: datetime, **more: Any) -> Job:
    """A job whose workers all died, within half a minute of `at`."""
    job = ask(tenant, at, **more)
    for _ in range(services.MAX_ATTEMPTS):
        assert take(at) == job
        at += services.LEASE + SECOND
    services.sweep(now=at)
    job.refresh_from_db()
    assert job.state == Job.State.DEAD
    return job


@pytest.fixture
def dead(tenant: Tenant, moment: datetime) -> Job:
    return died(tenant, moment)


def requeued_before(job: Job, at: datetime) -> Job:
    """Requeued by a process of the release before, which knows no `waits_since`."""
    services.requeue(job_held(job), now=at)
    Job.objects.filter(pk=job.pk).update(waits_since=None)
    return job_held(job)


def place(job: Job, page: str = "change") -> str:
    return f"/admin/jobs/job/{job.pk}/{page}/"


def requeue(operator: Client, *jobs: Job) -> str:
    asked: dict[str, Any] = {
        "action": "requeue", "_selected_action": [job.pk for job in jobs],
    }  # fmt: skip
    return operator.post("/admin/jobs/job/", asked, follow=True).content.decode()


class TestJobs:
    def test_are_shown_with_their_queue_their_wait_and_their_cost(
        self, tenant: Tenant, operator: Client, moment: datetime
    ) -> None:
        ask(tenant, moment, meter=MeterName.EFFECTS, quantity=1)
        job = take(moment + 2.5 * SECOND, machine="stand-7")
        assert job
        services.succeed(job, Result(), now=moment + 4 * SECOND, spent=Spent(cpu_ms=1_234))
        listed = operator.get("/admin/jobs/job/").content.decode()
        begun = "2026-11-21 12:00:02 UTC"
        for shown in (CPU, "Succeeded", "2.5 s", "1234, 0, 0 ms", "2026-11-21 12:00:00 UTC"):
            assert shown in listed, shown
        one = operator.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
        for shown in ("stand-7", "1 effects", "1.5 job_seconds_cpu", begun):
            assert shown in one, shown

    def test_are_listed_by_so_many_that_a_phone_can_show_them(
        self, tenant: Tenant, operator: Client, moment: datetime
    ) -> None:
        for _ in range(26):
            ask(tenant, moment)
        assert len(operator.get("/admin/jobs/job/").context["cl"].result_list) == 25

    def test_have_waited_for_their_latest_attempt_and_not_while_others_ran(
        self, tenant: Tenant, operator: Client, moment: datetime
    ) -> None:
        def waited(job: Job) -> str:
            job.refresh_from_db()
            page = operator.get("/admin/jobs/job/").context["cl"]
            assert job in page.result_list
            return str(page.model_admin.waited(job))

        job, lease = ask(tenant, moment), services.LEASE
        ended = [moment + 2 * SECOND]  # when it began to wait again, by how it came to that
        take(ended[0])
        assert waited(job) == "2.0 s"
        ended.append(ended[0] + lease)  # its worker was killed
        again = take(ended[1] + 3 * SECOND)
        assert again
        assert waited(job) == "3.0 s"
        services.let_go(job_held(again), now=ended[1] + 60 * SECOND)  # its process was
        take(ended[1] + 61 * SECOND)
        assert waited(job) == "1.0 s"
        services.sweep(now=ended[1] + 61 * SECOND + 2 * lease)
        services.requeue(job_held(job), now=now() - 40 * SECOND)
        assert waited(job).startswith("4")
        assert 40 <= signals(now=now())[CPU].oldest_wait_s < 50
        take(now())
        assert waited(job).startswith("4")

    def test_that_a_process_of_the_release_before_requeued_wait_on(
        self, dead: Job, moment: datetime
    ) -> None:
        job = requeued_before(dead, moment + 60 * SECOND)
        waited = [job.waited(moment + seconds * SECOND) for seconds in (70, 80)]
        assert waited == [70 * SECOND, 80 * SECOND]

    def test_are_sorted_by_the_wait_that_they_show(self, tenant: Tenant, operator: Client) -> None:
        def ago(seconds: int) -> datetime:
            return now() - seconds * SECOND

        requeued, before = died(tenant, ago(300)), died(tenant, ago(200))
        succeeded = ask(tenant, ago(500))
        taken = take(ago(470))
        assert taken == succeeded
        services.succeed(taken, Result(), now=ago(460))
        running = ask(tenant, ago(500))
        assert take(ago(480)) == running
        aborted = ask(tenant, ago(500))
        cancel(aborted, ago(495))
        services.requeue(job_held(requeued), now=ago(40))
        requeued_before(before, ago(50))
        fresh = ask(tenant, ago(10))
        order = [before, requeued, succeeded, running, fresh, aborted]
        for asked, expected in (("-4", order), ("4", order[::-1])):
            page = operator.get("/admin/jobs/job/", {"o": asked}).context["cl"]
            assert [*page.result_list] == expected
        moment = now()
        waits = [round(each.waited(moment) / SECOND) for each in page.result_list]
        assert waits == pytest.approx([5, 10, 20, 30, 40, 200], abs=3)

    def test_that_wait_say_why(self, tenant: Tenant, operator: Client) -> None:
        job = ask(tenant, now())
        one = operator.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
        assert "no_capacity, place 1, nobody knows how long" in one

    def test_that_are_dead_are_requeued(self, operator: Client, dead: Job) -> None:
        assert "Dead, attempt 3" in operator.get("/admin/jobs/job/").content.decode()
        requeue(operator, dead)
        dead.refresh_from_db()
        assert dead.state == Job.State.QUEUED

    def test_that_are_not_dead_are_left_and_named(
        self, tenant: Tenant, operator: Client, moment: datetime
    ) -> None:
        job = ask(tenant, moment)
        assert job.pk in requeue(operator, job)
        job.refresh_from_db()
        assert (job.state, job.attempts_most) == (Job.State.QUEUED, services.MAX_ATTEMPTS)

    def test_are_requeued_by_nobody_who_may_only_look(self, onlooker: Client, dead: Job) -> None:
        requeue(onlooker, dead)
        assert onlooker.post(place(dead, "requeue")).status_code == 403
        assert "Requeue" not in onlooker.get(place(dead)).content.decode()
        dead.refresh_from_db()
        assert dead.state == Job.State.DEAD

    def test_that_are_dead_are_requeued_from_their_own_page_when_that_is_confirmed(
        self, operator: Client, dead: Job
    ) -> None:
        assert place(dead, "requeue") in operator.get(place(dead)).content.decode()
        asked = operator.get(place(dead, "requeue"))
        assert "gets 3 more" in asked.content.decode()
        dead.refresh_from_db()
        assert dead.state == Job.State.DEAD
        token = asked.context["csrf_token"]
        operator.handler.enforce_csrf_checks = True
        assert operator.post(place(dead, "requeue")).status_code == 403
        given = {"csrfmiddlewaretoken": str(token)}
        answer = operator.post(place(dead, "requeue"), given, follow=True)
        assert f"{dead.pk} waits in {CPU} again." in answer.content.decode()
        dead.refresh_from_db()
        assert dead.state == Job.State.QUEUED

    @pytest.mark.parametrize("begun", [False, True], ids=["queued", "running"])
    def test_that_have_not_ended_are_cancelled_from_their_own_page_when_that_is_confirmed(
        self, tenant: Tenant, operator: Client, onlooker: Client, moment: datetime, begun: bool
    ) -> None:
        job = ask(tenant, moment)
        if begun:
            take(moment)
        before, after = ("running", "cancelling") if begun else ("queued", "aborted")
        assert place(job, "cancel") in operator.get(place(job)).content.decode()
        assert place(job, "cancel") not in onlooker.get(place(job)).content.decode()
        assert onlooker.post(place(job, "cancel")).status_code == 403
        asked = operator.get(place(job, "cancel")).content.decode()
        assert f"It is {before} in {CPU}." in asked
        job.refresh_from_db()
        assert job.state == before
        answer = operator.post(place(job, "cancel"), follow=True).content.decode()
        assert f"{job.pk} is {after}" in answer
        assert place(job, "cancel") not in answer
        job.refresh_from_db()
        assert (job.state, job.cancel_requested_at is None) == (after, False)

    def test_that_have_ended_are_not_cancelled(self, operator: Client, dead: Job) -> None:
        assert place(dead, "cancel") not in operator.get(place(dead)).content.decode()
        assert operator.get(place(dead, "cancel")).headers["Location"] == place(dead)
        answer = operator.post(place(dead, "cancel"), follow=True).content.decode()
        assert f"{dead.pk}: The job has ended and cannot be cancelled" in answer
        dead.refresh_from_db()
        assert dead.state == Job.State.DEAD

    def test_that_are_not_dead_have_no_such_button(
        self, tenant: Tenant, operator: Client, moment: datetime
    ) -> None:
        job = ask(tenant, moment)
        assert "Requeue" not in operator.get(place(job)).content.decode()
        assert operator.get(place(job, "requeue")).headers["Location"] == place(job)
        answer = operator.post(place(job, "requeue"), follow=True).content.decode()
        assert f"{job.pk}: {NotDead(state='queued').detail}" in answer
        assert operator.get("/admin/jobs/job/job_x/requeue/").status_code == 404


class TestTheCommand:
    def test_requeues_what_is_dead(self, dead: Job) -> None:
        out = StringIO()
        call_command("jobs", "requeue", dead.pk, stdout=out)
        assert out.getvalue() == f"{dead.pk} waits in {CPU} again.\n"
        dead.refresh_from_db()
        assert dead.state == Job.State.QUEUED

    def test_says_what_cannot_be_and_does_the_rest(
        self, tenant: Tenant, moment: datetime, dead: Job
    ) -> None:
        waits, said = ask(tenant, moment), StringIO()
        with pytest.raises(CommandError) as refused:
            call_command("jobs", "requeue", waits.pk, "job_x", dead.pk, stderr=said)
        assert refused.value.returncode == 1
        assert said.getvalue().splitlines() == [
            f"{waits.pk} is queued: only a dead job can be requeued.",
            "job_x: there is no such job.",
        ]
        dead.refresh_from_db()
        assert dead.state == Job.State.QUEUED

"""An effect that the platform fails is given back: once, and whatever dies in between."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from apps.live_room import tasks  # noqa: F401  (registers the handler)
from foundation.clock import now
from gateway import stores
from gateway.admission import refunds
from gateway.tasks import refund
from jobs import queries, services
from jobs.models import Job
from ratelimit.rules import Charge, Rate, Window
from tenants.limits import Algorithm
from tenants.models import ContractLimit
from tests.conftest import Api, Tenant, slow_rate
from tests.jobs.work import claim, execute
from tests.live_room.test_effects import sound

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db(transaction=True)
HOUR_MS = 3_600_000


def used(owner: Api) -> int:
    limits = {limit["name"]: limit for limit in owner.get("/v1/limits").json()["limits"]}
    return int(limits["effects"]["used"])


@pytest.fixture(params=["window", "rate"])
def owner(request: pytest.FixtureRequest, api: Client, tenant: Tenant) -> Api:
    """A developer under five effects, as an exact window or as a rate that hardly refills."""
    if request.param == "rate":
        slow_rate(tenant, "effects", burst=5)
    else:
        ContractLimit.objects.create(
            organisation=tenant.organisation,
            name="effects",
            algorithm=Algorithm.WINDOW,
            unit="effect",
            quantity=5,
            per_ms=HOUR_MS,
        )
    return api(tenant.live_key)


@pytest.fixture
def clip(owner: Api) -> str:
    answer = owner.upload("/v1/clips", {"file": sound()})
    return str(answer.json()["id"])


def ask(owner: Api, clip: str) -> Job:
    """An effect; its job."""
    body = {"clip": clip, "kind": "chain", "name": "telephone"}
    return Job.objects.get(pk=owner.post("/v1/effects", body).json()["job"])


def crash(job: Job) -> None:
    """Run the job without the half of what it was to do: the platform's own fault."""
    Job.objects.filter(pk=job.pk).update(payload={})
    execute(job.pk)


@contextmanager
def redis_away(settings: Any) -> Iterator[None]:
    given = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    stores.store.cache_clear()
    try:
        yield
    finally:
        settings.REDIS_URL = given
        stores.store.cache_clear()


class TestAJob:
    def test_that_crashes_gives_its_effect_back(self, owner: Api, clip: str) -> None:
        kept, lost = ask(owner, clip), ask(owner, clip)
        assert used(owner) == 2
        crash(lost)
        assert used(owner) == 1
        execute(kept.pk)
        assert used(owner) == 1
        assert not queries.refunds_due().exists()

    def test_that_was_asked_the_impossible_gives_nothing_back(self, owner: Api, clip: str) -> None:
        job = ask(owner, clip)
        owner.delete(f"/v1/clips/{clip}")
        execute(job.pk)
        job.refresh_from_db()
        assert job.state == Job.State.FAILED
        assert used(owner) == 1

    def test_that_lost_its_worker_three_times_gives_its_effect_back(
        self, owner: Api, clip: str
    ) -> None:
        job, moment = ask(owner, clip), now()
        for _ in range(services.MAX_ATTEMPTS):
            claim(job, moment)
            moment += 2 * services.LEASE
        services.sweep(now=moment)
        assert used(owner) == 0

    def test_cancelled_before_it_began_gives_its_effect_back(self, owner: Api, clip: str) -> None:
        running, waiting = ask(owner, clip), ask(owner, clip)
        begun = claim(running, now())
        assert begun
        for job in (waiting, running, waiting):
            owner.post(f"/v1/jobs/{job.pk}/cancel")
        services.stop(begun, now=now())
        assert set(Job.objects.values_list("state", flat=True)) == {"cancelled", "aborted"}
        assert used(owner) == 1


class TestARefund:
    def test_comes_once_however_often_it_is_asked_for(self, owner: Api, clip: str) -> None:
        job, _, _ = ask(owner, clip), ask(owner, clip), ask(owner, clip)
        crash(job)
        assert used(owner) == 2
        refunds.settle(job)  # as a sweep that read the row before it was settled
        refund()
        crash(job)
        assert used(owner) == 2

    def test_comes_once_from_many_processes_at_once(self, owner: Api, clip: str) -> None:
        job, _, _ = ask(owner, clip), ask(owner, clip), ask(owner, clip)
        Job.objects.filter(pk=job.pk).update(refund_due=True)

        def settle(_: int) -> None:
            refunds.settle(job)
            connection.close()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(settle, range(8)))
        assert used(owner) == 2

    def test_waits_while_redis_is_away(self, owner: Api, clip: str, settings: Any) -> None:
        job = ask(owner, clip)
        with redis_away(settings):
            crash(job)
            refund()
            assert queries.refunds_due().get() == job
        assert used(owner) == 1
        refund()
        assert used(owner) == 0
        assert not queries.refunds_due().exists()

    def test_waits_for_no_other_that_cannot_be_read(self, owner: Api, clip: str) -> None:
        foreign, job = ask(owner, clip), ask(owner, clip)
        due = Job.objects.filter(pk__in=[foreign.pk, job.pk])
        due.update(state="failed", finished_at=now(), refund_due=True)
        Job.objects.filter(pk=foreign.pk).update(charges=[{"kind": "of another release"}])
        refund()
        assert used(owner) == 1
        assert queries.refunds_due().get() == foreign

    def test_is_not_forgotten_by_a_process_that_is_killed(self, owner: Api, clip: str) -> None:
        job = ask(owner, clip)
        # All that a process killed between the settlement and the refund leaves behind.
        Job.objects.filter(pk=job.pk).update(state="failed", finished_at=now(), refund_due=True)
        refund()
        assert used(owner) == 0


class TestReceipts:
    def test_are_for_units_and_not_for_requests(self, tenant: Tenant) -> None:
        store, tag = stores.store(), tenant.organisation.pk
        hourly = Window("effects", 5, HOUR_MS, "effect")
        spent = store.admit(
            tag,
            [Charge(Rate("requests", 1, HOUR_MS, 5), "live"), Charge(hourly, "live", 2)],
        )
        (receipt,) = refunds.receipts(spent)
        assert receipt["policy"]["name"] == "effects"
        refunds.refund(tag, json.loads(json.dumps([receipt])))
        left = store.peek(tag, [Charge(hourly, "live", 0)])
        assert left.decisions[0].used == 0

    def test_of_a_refused_call_are_none(self, tenant: Tenant) -> None:
        one = Charge(Window("effects", 1, HOUR_MS, "effect"), "live")
        store, tag = stores.store(), tenant.organisation.pk
        assert len(refunds.receipts(store.admit(tag, [one]))) == 1
        assert refunds.receipts(store.admit(tag, [one])) == []

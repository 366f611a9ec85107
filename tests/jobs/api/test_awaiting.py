"""Answers that come when the job has ended: at once when it does, and no later than preferred."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections

from foundation.clock import now
from foundation.events.listening import ear
from foundation.events.sockets import Audience
from gateway.doors import awaiting
from jobs import services
from jobs.api import ending
from jobs.models import Job
from tests.conftest import Api, Tenant
from tests.jobs.asking import ask
from tests.jobs.work import cancel
from tests.live_room.test_effects import sound

pytestmark = pytest.mark.django_db(transaction=True)
Client = Callable[[str | None], Api]
PATIENCE_S = 20


@contextmanager
def meanwhile(act: Callable[[], Any]) -> Iterator[Future[Any]]:
    """Something that is done in another thread, with connections of its own."""

    def run() -> Any:
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(run)


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set once a call waits. Of itself it would look again in a minute."""
    begun, hears = threading.Event(), ear.listening

    @contextmanager
    def listening(to: Audience, wanted: Any) -> Iterator[threading.Event]:
        with hears(to, wanted) as heard:
            begun.set()
            yield heard

    monkeypatch.setattr(ear, "listening", listening)
    monkeypatch.setattr(ending, "FIRST_LOOK_S", 60.0)
    return begun


def ended(tenant: Tenant, answer: Callable[[], Any], waiting: threading.Event) -> Any:
    """The answer, and whether it came after the one job was cancelled."""
    with meanwhile(answer) as coming:
        assert waiting.wait(PATIENCE_S)
        time.sleep(0.05)
        assert not coming.done()
        cancel(Job.objects.get(), now())
        return coming.result(PATIENCE_S)


class TestAnAnswer:
    def test_comes_when_the_job_has_ended(
        self, api: Client, tenant: Tenant, waiting: threading.Event
    ) -> None:
        job = ask(tenant, now())
        owner = api(tenant.live_key)
        answer = ended(tenant, lambda: owner.get(f"/v1/jobs/{job.pk}", Prefer="wait=59"), waiting)
        assert (answer.status_code, answer.json()["state"]) == (200, "aborted")
        assert answer.headers["Preference-Applied"] == "wait=59"

    def test_comes_at_once_for_a_job_that_has_ended(self, api: Client, tenant: Tenant) -> None:
        job = ask(tenant, now())
        cancel(job, now())
        answer = api(tenant.live_key).get(f"/v1/jobs/{job.pk}", Prefer="wait=60")
        assert answer.headers["Preference-Applied"] == "wait=60"
        assert answer.json()["state"] == "aborted"

    def test_comes_with_the_state_of_the_moment_when_the_time_is_up(
        self, api: Client, tenant: Tenant
    ) -> None:
        job = ask(tenant, now())
        begun = time.monotonic()
        answer = api(tenant.live_key).get(f"/v1/jobs/{job.pk}", Prefer="wait=1")
        assert time.monotonic() - begun >= 1.0
        assert answer.json()["state"] == "queued"

    def test_comes_although_the_news_is_lost(
        self, api: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ending, "FIRST_LOOK_S", 0.1)
        job = ask(tenant, now())
        owner = api(tenant.live_key)
        with meanwhile(lambda: owner.get(f"/v1/jobs/{job.pk}", Prefer="wait=59")) as coming:
            time.sleep(0.05)
            Job.objects.update(state=Job.State.DEAD)
            assert coming.result(PATIENCE_S).json()["state"] == "dead"

    def test_holds_no_connection_while_it_waits(
        self, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job = ask(tenant, now())
        held = []

        class Heard(threading.Event):
            def wait(self, timeout: float | None = None) -> bool:
                held.append(connection.connection is not None)
                return True

        @contextmanager
        def listening(to: Audience, wanted: Any) -> Iterator[threading.Event]:
            yield Heard()

        monkeypatch.setattr(ear, "listening", listening)
        assert not ending.await_end(job, seconds=0.2)
        assert held
        assert not any(held)


class TestWork:
    @pytest.mark.parametrize("path", ["/v1/tracks", "/v1/effects"])
    def test_is_answered_with_its_end_and_repeats_have_the_same(
        self, api: Client, tenant: Tenant, waiting: threading.Event, path: str
    ) -> None:
        owner = api(tenant.live_key)
        headers = {"Idempotency-Key": "once", "Prefer": "wait=59"}
        if path == "/v1/tracks":
            upload = sound()

            def post() -> Any:
                upload.seek(0)
                return owner.upload(path, {"file": upload}, **headers)
        else:
            clip = owner.upload("/v1/clips", {"file": sound()}).json()["id"]
            asked = {"clip": clip, "kind": "stem", "name": "bass"}

            def post() -> Any:
                return owner.post(path, asked, **headers)

        first = ended(tenant, post, waiting)
        assert first.json()["state"] == "aborted"
        assert first.headers["Preference-Applied"] == "wait=59"
        again = post()
        assert again.headers["Idempotent-Replayed"] == "true"
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert Job.objects.count() == 1


class TestPlaces:
    def test_are_bounded_and_who_finds_none_is_answered_at_once(
        self, api: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(awaiting, "_places", threading.BoundedSemaphore(1))
        awaiting._places.acquire()
        job = ask(tenant, now())
        owner = api(tenant.live_key)
        answer = owner.get(f"/v1/jobs/{job.pk}", Prefer="wait=60")
        assert "Preference-Applied" not in answer.headers
        awaiting._places.release()
        services.cancel(organisation=tenant.organisation, job_id=job.pk, livemode=True, now=now())
        for _ in range(3):  # a place is given back
            answer = owner.get(f"/v1/jobs/{job.pk}", Prefer="wait=60")
            assert answer.headers["Preference-Applied"] == "wait=60"

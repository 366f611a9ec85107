"""Redis is killed in the middle of load: nothing acknowledged is lost, nothing fails open."""

import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from foundation import clock
from gateway import stores
from gateway.admission import steps
from gateway.callers import authentication
from gateway.operations import Operation
from gateway.outages import degraded
from gateway.refusals import QuotaExceeded, ReducedCapacity
from metering.models import ActiveUser, UsageMonth
from ratelimit.store import Store
from tenants.limits import Algorithm, Strictness
from tenants.models import ContractLimit, Organisation
from tests.conftest import Tenant
from tests.gateway.away import redis_at
from tifo.environment import Environment
from tifo.supervisor.services.redis_program import chosen

EFFECT = Operation("effects:write", {"effects": 1})
LIMIT, RESERVE = 200, 0.05
THREADS = 6

pytestmark = pytest.mark.django_db(transaction=True)


class Redis:
    """A real server of the test's own, with the log that the platform gives it."""

    def __init__(self, folder: Path) -> None:
        socket = folder / "r.sock"
        self.url = f"unix://{socket}?db=0"
        program = str(chosen(Environment().redis))
        self._command = [program, "--port", "0", "--unixsocket", str(socket)]
        self._command += ["--dir", str(folder), "--save", "", "--appendonly", "yes"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def redis() -> Iterator[Redis]:
    # Not pytest's own folder: the path of a unix socket must be short.
    with tempfile.TemporaryDirectory(prefix="tifo-") as folder:
        server = Redis(Path(folder))
        server.start()
        yield server
        server.kill()


@pytest.fixture
def own_store(redis: Redis, settings: Any) -> Iterator[Store]:
    """The gate on that server, with no memory of other tests' outages."""
    settings.GATE_PREFETCH = False
    settings.GATE_DEGRADED_RESERVE, settings.GATE_PROCESSES = RESERVE, 1
    degraded.local.cache_clear()
    with redis_at(redis.url):
        store = stores.store()
        eventually(lambda: store.execute("PING") is not None)
        yield store
        store.close()
    degraded.local.cache_clear()


def eventually(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            if true():
                return
        except Exception:  # noqa: BLE001  (not yet)
            assert time.monotonic() < end
        assert time.monotonic() < end
        time.sleep(0.02)


def allow(tenant: Tenant, quantity: int) -> None:
    Organisation.objects.filter(pk=tenant.organisation.pk).update(tier_id="pro")
    ContractLimit.objects.create(
        organisation=tenant.organisation,
        name="effects",
        algorithm=Algorithm.WINDOW,
        unit="effect",
        quantity=quantity,
        per_ms=3_600_000,
    )


class Load:
    """Threads that ask for an effect each time for another fan, and note what they were told."""

    def __init__(self, tenant: Tenant) -> None:
        self._token = tenant.live_key
        self._over = threading.Event()
        self._lock = threading.Lock()
        self.acknowledged: list[str] = []
        self.degraded = self.unavailable = self.refused = 0
        self._threads = [threading.Thread(target=self._work, args=(n,)) for n in range(THREADS)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _work(self, thread: int) -> None:
        number = 0
        try:
            while not self._over.is_set():
                number += 1
                self._ask(f"fan-{thread}-{number}")
        finally:
            connection.close()

    def _ask(self, fan: str) -> None:
        now = clock.now()
        try:
            caller = authentication.from_token(self._token, now=now)
            admitted = steps.admit(caller, EFFECT, now=now, end_users=[fan])
        except ReducedCapacity:
            self.unavailable += 1
            time.sleep(0.005)
        except QuotaExceeded:
            self.refused += 1
            time.sleep(0.005)
        else:
            with self._lock:
                self.acknowledged.append(fan)
                self.degraded += admitted.degraded


class TestARedisKilledUnderLoad:
    def test_loses_no_user_and_admits_no_more_than_the_reserve(
        self, tenant: Tenant, redis: Redis, own_store: Store
    ) -> None:
        allow(tenant, LIMIT)
        with Load(tenant) as load:
            eventually(lambda: len(load.acknowledged) > LIMIT // 4)
            redis.kill()
            eventually(lambda: load.unavailable > 20)
            redis.start()
            eventually(lambda: load.refused > 20)
        assert 0 < load.degraded <= int(LIMIT * RESERVE)
        assert LIMIT <= len(load.acknowledged) <= LIMIT + int(LIMIT * RESERVE)
        counted = ActiveUser.objects.filter(usage_month__organisation=tenant.organisation).count()
        assert counted >= len(load.acknowledged)
        total = UsageMonth.objects.get(organisation=tenant.organisation).mau
        assert total == counted

    def test_is_told_and_counted(self, tenant: Tenant, redis: Redis, own_store: Store) -> None:
        caller = authentication.from_token(tenant.live_key, now=clock.now())
        redis.kill()
        look = Operation("usage:read", {"requests": 1})
        admitted = steps.admit(caller, look, now=clock.now())
        assert admitted.degraded
        assert admitted.headers[degraded.HEADER] == "?1"
        assert '"requests"' in admitted.headers["RateLimit"]

    def test_leaves_a_strict_organisation_without_an_answer(
        self, tenant: Tenant, redis: Redis, own_store: Store
    ) -> None:
        Organisation.objects.filter(pk=tenant.organisation.pk).update(strictness=Strictness.STRICT)
        caller = authentication.from_token(tenant.live_key, now=clock.now())
        redis.kill()
        with pytest.raises(ReducedCapacity) as refused:
            steps.admit(caller, Operation("usage:read", {"requests": 1}), now=clock.now())
        assert refused.value.facts["violated-policies"] == ["requests"]
        assert int(refused.value.headers["Retry-After"]) <= 5

    def test_does_not_spend_what_was_spent_meanwhile_again(
        self, tenant: Tenant, redis: Redis, own_store: Store
    ) -> None:
        allow(tenant, 40)
        caller = authentication.from_token(tenant.live_key, now=clock.now())
        redis.kill()
        for _ in range(2):
            assert steps.admit(caller, EFFECT, now=clock.now()).degraded
        with pytest.raises(ReducedCapacity):
            steps.admit(caller, EFFECT, now=clock.now())
        redis.start()
        eventually(lambda: own_store.execute("PING") is not None)
        # The probe's success is the first decision; the debt of two is told right after it.
        for _ in range(38):
            assert not steps.admit(caller, EFFECT, now=clock.now()).degraded
        with pytest.raises(QuotaExceeded):
            steps.admit(caller, EFFECT, now=clock.now())

"""Places under concurrency limits: freed by the dead, and tried out before they refuse anybody."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from typing import IO

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from foundation import clock
from gateway.admission import refusal_log
from gateway.admission.places import Place
from gateway.callers.authentication import from_token
from gateway.callers.caller import Caller
from gateway.models import RefusalCount
from gateway.refusals import QuotaExceeded
from gateway.stores import async_store
from tenants.limits import Algorithm
from tenants.models import ContractLimit, Limit
from tests.conftest import Tenant
from tests.gateway.away import platform_process

pytestmark = pytest.mark.django_db(transaction=True)
PLACES = "live_sessions"
LEASE_MS = 600
HOLDER = f"""
import asyncio, sys
from foundation import clock
from gateway.callers.authentication import from_token
from gateway.admission.places import Place

async def hold(caller):
    place = Place(caller, "{PLACES}", "ses_theirs", "prc_theirs")
    await place.take(clock.now())
    print("held", flush=True)
    while True:
        await asyncio.sleep(place.renew_every_s)
        await place.renew(clock.now())

asyncio.run(hold(from_token(sys.argv[1], now=clock.now())))
"""


def one_place(tenant: Tenant, *, shadow: bool = False) -> None:
    ContractLimit.objects.create(
        organisation=tenant.organisation,
        name=PLACES,
        algorithm=Algorithm.CONCURRENCY,
        unit="session",
        quantity=1,
        per_ms=LEASE_MS,
        shadow=shadow,
    )


@pytest.fixture
async def loop_of_our_own() -> AsyncIterator[None]:
    yield
    await async_store().aclose()
    await sync_to_async(connections.close_all)()


@pytest.fixture
def holder(tenant: Tenant) -> Iterator["Holder"]:
    """Another process that holds the organisation's only place."""
    one_place(tenant)
    holder = Holder(tenant)
    yield holder
    holder.kill()


class Holder:
    def __init__(self, tenant: Tenant) -> None:
        self._process = platform_process(HOLDER, tenant.live_key)
        self._said: IO[str] | None = self._process.stdout

    def wait(self) -> None:
        assert self._said is not None
        assert self._said.readline() == "held\n"

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        if self._said is not None:
            self._said.close()


async def caller_of(tenant: Tenant) -> Caller:
    return await sync_to_async(from_token)(tenant.live_key, now=clock.now())


async def refusal(place: Place) -> int:
    """How many milliseconds the limit tells to wait."""
    with pytest.raises(QuotaExceeded) as refused:
        await place.take(clock.now())
    (policy,) = refused.value.facts["policies"]
    wait_ms: int = policy["retry_after_ms"]
    return wait_ms


@pytest.mark.usefixtures("loop_of_our_own")
class TestAProcessThatIsKilled:
    async def test_held_its_place_while_it_lived_and_frees_it_one_lease_later(
        self, tenant: Tenant, holder: Holder
    ) -> None:
        ours = Place(await caller_of(tenant), PLACES, "ses_ours", "prc_ours")
        await asyncio.to_thread(holder.wait)
        await asyncio.sleep(2 * LEASE_MS / 1000)
        assert await refusal(ours) <= LEASE_MS
        await asyncio.to_thread(holder.kill)
        wait_ms = await refusal(ours)
        assert wait_ms <= LEASE_MS
        await asyncio.sleep(wait_ms / 1000)
        await ours.take(clock.now())


class TestPublishedLeases:
    def test_are_so_short_that_the_dead_free_their_places_within_ten_seconds(self) -> None:
        lengths = Limit.objects.filter(algorithm=Algorithm.CONCURRENCY).values_list(
            "per_ms", flat=True
        )
        assert lengths
        assert max(lengths) <= 10_000


def shadows(tenant: Tenant) -> list[tuple[str, int]]:
    refusal_log.flush()
    rows = RefusalCount.objects.filter(organisation=tenant.organisation, kind="shadow")
    return list(rows.values_list("policy", "count"))


@pytest.mark.usefixtures("loop_of_our_own")
class TestALimitOnTrial:
    async def test_refuses_nobody_and_counts_each_that_it_would_have_refused_once(
        self, tenant: Tenant
    ) -> None:
        await sync_to_async(one_place)(tenant, shadow=True)
        caller = await caller_of(tenant)
        first, second, third = (
            Place(caller, PLACES, f"ses_{number}", "prc_ours") for number in range(3)
        )
        for place in (first, second):
            await place.take(clock.now())
            await place.renew(clock.now())
        assert await sync_to_async(shadows)(tenant) == [(PLACES, 1)]
        await first.release()
        await third.take(clock.now())
        assert await sync_to_async(shadows)(tenant) == [(PLACES, 1)]

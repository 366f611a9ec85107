"""While Postgres is away the gate goes on by what it knows, and waits for nobody."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from django.db import OperationalError

from foundation import clock
from gateway.admission import steps
from gateway.callers import authentication, tickets
from gateway.callers.credentials import LIFETIME, credentials
from gateway.operations import reads
from gateway.outages import postgres
from gateway.outages.postgres import MOST_FAILURES, CircuitBreaker
from gateway.refusals import ReducedCapacity
from gateway.stores import async_store
from tests.conftest import Tenant
from tests.gateway.away import database_away


def fail() -> int:
    raise OperationalError("away")


class TestAServerThatIsAway:
    def test_is_waited_for_by_one_caller_alone(self) -> None:
        keeper, entered, answered = CircuitBreaker(), threading.Event(), threading.Event()
        for _ in range(MOST_FAILURES):
            with pytest.raises(OperationalError):
                keeper.ask(fail)

        def slow() -> int:
            entered.set()
            assert answered.wait(30)
            return 1

        trying = threading.Thread(target=keeper.ask, args=(slow,))
        trying.start()
        assert entered.wait(30)
        with pytest.raises(OperationalError, match="another call is trying"):
            keeper.ask(lambda: 2)
        answered.set()
        trying.join()
        assert keeper.ask(lambda: 3) == 3

    def test_is_not_thought_away_for_a_failure_now_and_then(self) -> None:
        keeper = CircuitBreaker()
        for _ in range(3 * MOST_FAILURES):
            with pytest.raises(OperationalError):
                keeper.ask(fail)
            assert keeper.ask(lambda: 1) == 1


@pytest.mark.django_db(transaction=True)
class TestWithoutPostgres:
    @pytest.fixture(autouse=True)
    def asked_again_afterwards(self) -> Iterator[None]:
        yield
        postgres.ask(lambda: None)

    def test_a_known_key_goes_on_past_what_is_usually_relied_upon(self, tenant: Tenant) -> None:
        now = clock.now()
        caller = authentication.from_token(tenant.live_key, now=now)
        steps.admit(caller, reads("usage:read"), now=now)
        with database_away():
            later = now + LIFETIME
            stale = authentication.from_token(tenant.live_key, now=later)
            assert not steps.admit(stale, reads("usage:read"), now=later).degraded

    def test_an_unknown_key_and_a_link_are_told_to_wait(self, tenant: Tenant) -> None:
        now = clock.now()
        link = authentication.view_token(authentication.from_token(tenant.live_key, now=now))
        with database_away():
            for token in (tenant.test_key, link):
                with pytest.raises(ReducedCapacity):
                    authentication.from_token(token, now=now)

    def test_a_ticket_is_told_to_wait(self, tenant: Tenant) -> None:
        now = clock.now()
        caller = authentication.from_token(tenant.live_key, now=now)
        ticket = tickets.issue(caller, scopes=["events:read"], origin=None, now=now)

        async def redeem() -> None:
            try:
                await tickets.redeem(ticket.secret, origin=None, now=now)
            finally:
                await async_store().aclose()

        with database_away(), pytest.raises(ReducedCapacity):
            asyncio.run(redeem())
        assert credentials().known(tenant.live_key, now) is not None

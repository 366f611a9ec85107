"""Refusals: counted in memory without losing one, kept by hour, told by what they share."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from foundation import clock
from gateway import tasks
from gateway.admission import refusal_log, steps
from gateway.admission.refusal_log import Counts, Entry
from gateway.callers import authentication
from gateway.models import RefusalCount
from gateway.operations import Operation
from gateway.refusals import QuotaExceeded
from tests.conftest import Tenant, slow_rate
from tests.gateway.away import database_away, platform_process

HOUR = timedelta(hours=1)
EFFECT = Operation("effects:write", {"effects": 1})


def note(tenant: Tenant, now: datetime, kind: str = "refused", **given: Any) -> None:
    facts: dict[str, Any] = {
        "livemode": True,
        "policy": "effects",
        "key_id": "key_1",
        "end_user": "",
        "route": "POST /v1/effects",
    }
    refusal_log.note(kind, organisation_id=tenant.organisation.pk, now=now, **(facts | given))


def totals(tenant: Tenant, now: datetime, *group_by: str, **given: Any) -> list[dict[str, Any]]:
    asked: dict[str, Any] = {"livemode": True, "start": now - 24 * HOUR, "end": now + HOUR}
    asked |= given
    return refusal_log.totals(tenant.organisation, group_by=group_by, **asked)


@pytest.fixture(autouse=True)
def nothing_counted_yet() -> None:
    refusal_log._counts.take()


class TestCounts:
    def entry(self, number: int) -> Entry:
        key, user, route = f"key_{number}", f"{number:032x}", "POST /v1/effects"
        return Entry("org_1", True, 7, "refused", "effects", key, user, route)

    def test_forget_keys_and_users_before_they_forget_a_refusal(self) -> None:
        counts = Counts(most=3)
        for number in range(10):
            counts.add(self.entry(number))
        taken = counts.take()
        assert sum(taken.values()) == 10
        assert len(taken) == 4
        assert taken[self.entry(0)._replace(key_id="", end_user="")] == 7
        assert counts.take() == {}

    def test_name_no_more_users_in_an_hour_however_often_they_are_taken(self) -> None:
        counts, rows = Counts(most=3), set[Entry]()
        for number in range(10):
            counts.add(self.entry(number))
            rows |= counts.take().keys()
        assert len(rows) == 4
        counts.add(self.entry(9)._replace(hour=8))
        assert counts.take() == {self.entry(9)._replace(hour=8): 1}

    def test_are_bounded_even_by_routes(self) -> None:
        counts = Counts(most=3)
        for number in range(100):
            counts.add(self.entry(number)._replace(route=f"GET /v1/{number}"))
        assert len(counts.take()) == 6

    def test_lose_nothing_between_threads(self) -> None:
        counts, taken = Counts(), [0]
        entry = self.entry(1)

        def count() -> None:
            for _ in range(2_000):
                counts.add(entry)

        threads = [threading.Thread(target=count) for _ in range(8)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            taken.append(sum(counts.take().values()))
        assert sum(taken) + sum(counts.take().values()) == 16_000


@pytest.mark.django_db
class TestFlush:
    def test_adds_to_what_the_hour_already_has(self, tenant: Tenant, moment: datetime) -> None:
        for minutes in (0, 1, 59):
            note(tenant, moment + timedelta(minutes=minutes))
        assert refusal_log.flush() == 1
        note(tenant, moment)
        note(tenant, moment + HOUR)
        assert refusal_log.flush() == 2
        assert refusal_log.flush() == 0
        rows = RefusalCount.objects.order_by("hour").values_list("hour", "count")
        assert list(rows) == [(moment, 4), (moment + HOUR, 1)]

    def test_leaves_out_an_organisation_that_is_gone(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        note(tenant, moment)
        note(stranger, moment)
        stranger.organisation.delete()
        assert refusal_log.flush() == 1
        assert totals(tenant, moment) == [{"count": 1}]

    def test_counts_what_the_gate_refuses(self, tenant: Tenant) -> None:
        slow_rate(tenant, "effects", burst=1)
        now = clock.now()
        caller = authentication.from_token(tenant.live_key, now=now)
        steps.admit(caller, EFFECT, now=now, route="POST /v1/effects")
        for _ in range(2):
            with pytest.raises(QuotaExceeded):
                steps.admit(caller, EFFECT, now=now, end_users=["fan"], route="POST /v1/effects")
        refusal_log.flush()
        row = RefusalCount.objects.get()
        assert (row.kind, row.policy, row.key_id) == ("refused", "effects", caller.credential_id)
        assert (row.route, row.count, len(row.end_user)) == ("POST /v1/effects", 2, 32)


@pytest.mark.django_db(transaction=True)
class TestWhileTheDatabaseIsAway:
    def test_what_is_counted_waits(self, tenant: Tenant, moment: datetime) -> None:
        note(tenant, moment)
        with database_away():
            for _ in range(2):
                with pytest.raises(OperationalError):
                    refusal_log.flush()
                note(tenant, moment)
        refusal_log.flush()
        assert totals(tenant, moment) == [{"count": 3}]


COUNT_AND_FORK = """
import os, sys, threading
from foundation.clock import now
from gateway.admission import refusal_log

assert threading.active_count() == 1, "a thread was started at import"

def note(key_id):
    refusal_log.note("refused", organisation_id=sys.argv[1], livemode=True, policy="effects",
                     key_id=key_id, end_user="", route="", now=now())

note("parent")
child = os.fork()
note("child" if child == 0 else "parent")
if child:
    assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.django_db(transaction=True)
class TestAProcess:
    def test_writes_its_own_counts_and_no_other_s_before_it_ends(self, tenant: Tenant) -> None:
        process = platform_process(COUNT_AND_FORK, tenant.organisation.pk)
        process.communicate(timeout=60)
        assert process.returncode == 0
        found = RefusalCount.objects.values_list("key_id", "count")
        assert sorted(found) == [("child", 1), ("parent", 2)]


@pytest.mark.django_db
class TestTotals:
    def test_are_grouped_as_asked_and_the_largest_come_first(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        for key, times in (("key_1", 2), ("key_2", 5)):
            for _ in range(times):
                note(tenant, moment, key_id=key)
        note(tenant, moment - HOUR, kind="shadow", key_id="key_1", policy="requests")
        refusal_log.flush()
        assert totals(tenant, moment, "key") == [
            {"key": "key_2", "count": 5},
            {"key": "key_1", "count": 3},
        ]
        assert totals(tenant, moment, "kind", "hour") == [
            {"hour": moment, "kind": "refused", "count": 7},
            {"hour": moment - HOUR, "kind": "shadow", "count": 1},
        ]
        assert totals(tenant, moment, start=moment) == [{"count": 7}]
        assert totals(tenant, moment, end=moment) == [{"count": 1}]

    def test_are_only_the_caller_s(
        self, tenant: Tenant, stranger: Tenant, moment: datetime
    ) -> None:
        note(stranger, moment)
        note(tenant, moment, livemode=False)
        refusal_log.flush()
        assert totals(tenant, moment, "policy") == []
        assert totals(tenant, moment, livemode=False) == [{"count": 1}]

    def test_are_bounded(self, tenant: Tenant, moment: datetime) -> None:
        for number in range(refusal_log.MOST_ROWS + 1):
            note(tenant, moment, end_user=f"{number:032x}")
        refusal_log.flush()
        assert len(totals(tenant, moment, "end_user")) == refusal_log.MOST_ROWS


@pytest.mark.django_db
class TestRows:
    def test_end_after_thirty_days(self, tenant: Tenant) -> None:
        now = clock.now()
        for days in (29, 31):
            note(tenant, now - timedelta(days=days), policy=f"{days}")
        refusal_log.flush()
        tasks.expire()
        assert RefusalCount.objects.get().policy == "29"

    def test_are_shown_to_the_operator(
        self, tenant: Tenant, admin_client: Any, moment: datetime
    ) -> None:
        note(tenant, moment, policy="effects")
        note(tenant, moment, policy="requests", route="GET /v1/jobs")
        refusal_log.flush()
        found = admin_client.get("/admin/gateway/refusalcount/?q=terrace&policy=effects")
        assert found.status_code == 200
        assert b"POST /v1/effects" in found.content
        assert b"GET /v1/jobs" not in found.content

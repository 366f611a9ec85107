"""Seals: the root over a month's users, and the proof that one is among them."""

from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from threading import Thread
from time import monotonic, sleep

import pytest
from django.db import connection, transaction

from metering import merkle, seals
from metering.models import UsageMonth, UserSeal
from metering.seals import BLOCK, PAGE, NotSealed, inclusion_proof, seal, seal_due
from metering.services import record_active_users
from tests.conftest import Tenant

OCTOBER = date(2026, 10, 1)
THEN = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def hashed(number: int) -> bytes:
    return blake2b(b"%d" % number, digest_size=16).digest()


def see(tenant: Tenant, *numbers: int, now: datetime = THEN) -> UsageMonth:
    record_active_users(
        organisation=tenant.organisation,
        livemode=True,
        users=[hashed(number) for number in numbers],
        now=now,
    )
    return UsageMonth.objects.get(organisation=tenant.organisation, month=now.date().replace(day=1))


def proof(tenant: Tenant, number: int) -> seals.Proof | None:
    return inclusion_proof(tenant.organisation, livemode=True, period=OCTOBER, user=hashed(number))


class TestASeal:
    @pytest.mark.parametrize("users", [1, 2, BLOCK - 1, BLOCK, BLOCK + 1, PAGE + 7])
    def test_is_the_root_over_the_users_in_order_and_proves_each(
        self, tenant: Tenant, users: int
    ) -> None:
        made = seal(see(tenant, *range(users)), now=LATER)
        leaves = sorted(map(hashed, range(users)))
        assert made.users == users
        assert made.root == merkle.root(map(merkle.leaf, leaves))
        for number in {0, users // 2, users - 1}:
            found = proof(tenant, number)
            assert found is not None
            assert leaves[found.index] == hashed(number)
            assert merkle.verifies(
                hashed(number), found.index, found.size, found.path, bytes(made.root)
            )

    def test_proves_nothing_of_who_was_not_there(self, tenant: Tenant) -> None:
        seal(see(tenant, *range(40)), now=LATER)
        assert [proof(tenant, number) for number in range(40, 80)] == [None] * 40

    def test_leaves_out_who_came_when_the_month_was_closed(self, tenant: Tenant) -> None:
        month = see(tenant, 1, 2, 3)
        UsageMonth.objects.filter(pk=month.pk).update(closed_at=LATER)
        see(tenant, 3, 4)
        made = seal(month, now=LATER)
        assert (made.users, proof(tenant, 4)) == (3, None)
        assert proof(tenant, 3) is not None

    def test_that_others_have_joined_proves_nothing_until_it_is_made_again(
        self, tenant: Tenant
    ) -> None:
        seal(see(tenant, 1, 2), now=LATER)
        see(tenant, 3)
        with pytest.raises(NotSealed):
            proof(tenant, 1)
        assert seal_due(now=LATER) == 1
        assert proof(tenant, 3) is not None

    @pytest.mark.django_db(transaction=True)
    def test_of_fewer_users_never_takes_the_place_of_another(self, tenant: Tenant) -> None:
        month = see(tenant, 1, 2)
        seal(month, now=LATER)
        slow = Thread(target=_seal_and_leave, args=[month])
        with transaction.atomic():
            UserSeal.objects.select_for_update().get()  # where the slow one will have to wait
            slow.start()
            _await_a_waiting_query()
            see(tenant, 3)
            seal(month, now=LATER)
        slow.join()
        assert UserSeal.objects.get().users == 3
        assert proof(tenant, 3) is not None


def _seal_and_leave(month: UsageMonth) -> None:
    try:
        seal(month, now=LATER)
    finally:
        connection.close()


def _await_a_waiting_query() -> None:
    until = monotonic() + 10
    while monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        sleep(0.01)
    raise AssertionError("nobody waits")


class TestSealDue:
    def test_seals_a_month_that_has_ended_once(self, tenant: Tenant) -> None:
        see(tenant, 1, 2)
        see(tenant, 1, now=LATER)
        assert seal_due(now=LATER) == 1
        assert seal_due(now=LATER + timedelta(days=1)) == 0
        assert UserSeal.objects.get().users == 2

    def test_leaves_other_organisations_their_own(self, tenant: Tenant, stranger: Tenant) -> None:
        see(tenant, 1)
        see(stranger, 2)
        assert seal_due(now=LATER) == 2
        assert proof(tenant, 2) is None

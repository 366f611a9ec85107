"""A close beside who follows invoices: one order of locks, and a lost deadlock is tried again."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from django.db import connection, transaction

from billing.models import Credit, CreditNote, Invoice, Statement
from billing.services.closing import close_due, close_month
from tenants.models import Organisation
from tenants.services import tiers
from tests.billing.making import credit
from tests.billing.statements.making import (
    CLOSING,
    NEXT_CLOSING,
    OCTOBER,
    organisation,
    use_users,
)

pytestmark = pytest.mark.django_db(transaction=True)
WAITING = """
    SELECT count(*) FROM pg_locks AS held JOIN pg_stat_activity AS who USING (pid)
    WHERE NOT held.granted AND who.datname = current_database()
"""


@contextmanager
def close_waiting_for(hold: Callable[[], object]) -> Iterator[None]:
    """In a transaction that holds something, for which November's close has begun to wait."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            look_for_a_deadlock_after(2)  # by when we have begun to wait, too
            close_due(NEXT_CLOSING)
        except BaseException as error:  # noqa: BLE001  (told to the test)
            failed.append(error)
        finally:
            connection.close()

    thread = Thread(target=run)
    with transaction.atomic():
        hold()
        thread.start()
        _until_it_waits(failed)
        yield
    thread.join(timeout=60)
    assert not failed
    assert not thread.is_alive()


def look_for_a_deadlock_after(seconds: int) -> None:
    """In this transaction, or else on this connection."""
    scope = "LOCAL" if connection.in_atomic_block else "SESSION"
    with connection.cursor() as cursor:
        cursor.execute(f"SET {scope} deadlock_timeout = '{seconds}s'")


def _until_it_waits(failed: list[BaseException]) -> None:
    deadline = time.monotonic() + 120  # a busy machine takes half a minute to close a month
    while time.monotonic() < deadline and not failed:
        with connection.cursor() as cursor:
            # A transaction sees those alone who were there when it first looked.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits") from (failed[0] if failed else None)


def corrected() -> Organisation:
    """October is to be corrected down, by November's close."""
    whose = organisation()
    use_users(whose, 100_000)
    close_month(OCTOBER, now=CLOSING)
    use_users(whose, 1, first=200_000)
    return whose


class TestAClose:
    def test_holds_no_organisation_while_it_waits_for_an_invoice(self) -> None:
        whose = corrected()
        with close_waiting_for(Invoice.objects.select_for_update(no_key=True).get):
            rows = Organisation.objects.select_for_update(no_key=True, nowait=True)
            assert rows.get(pk=whose.pk) == whose
        assert CreditNote.objects.get().amount_minor == 30_000

    def test_that_loses_a_deadlock_closes_all_the_same(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        whose = corrected()
        credit(whose, 1_000)
        with close_waiting_for(Credit.objects.select_for_update().get):
            look_for_a_deadlock_after(600)  # so that it is the close that finds it
            tiers.held(whose.pk)
        assert Statement.objects.count() == 2
        assert "lost a deadlock" in caplog.text

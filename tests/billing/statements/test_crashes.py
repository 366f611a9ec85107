"""A close that is killed, anywhere, is gone on with by the next: nothing twice, nothing missing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg.conninfo
import pytest
from django.db import connection, transaction

from billing.models import CreditEntry, Invoice, Statement
from billing.queries.verification import kept_problems
from billing.services.closing import close_month
from foundation.events.models import Event
from tests.billing.making import credit, day
from tests.billing.statements.making import (
    CLOSING,
    OCTOBER,
    open_months,
    organisation,
    use_users,
)

MANY, BATCH, PAID, OWING = 120, 4, 30, 2
CLOSE = f"""
import tests.system.loaded
from datetime import UTC, date, datetime
from billing.services.closing import close_month
close_month(date(2026, 10, 1), now=datetime(2026, 11, 4, tzinfo=UTC), batch={BATCH})
"""


@contextmanager
def closer() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that closes October in the suite's database."""
    address = psycopg.conninfo.make_conninfo(
        os.environ["DATABASE_URL"], dbname=connection.settings_dict["NAME"]
    )
    environment = os.environ | {
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "tifo.settings.test",
    }
    process = subprocess.Popen([sys.executable, "-c", CLOSE], env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(statements: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while Statement.objects.count() < statements and process.poll() is None:
        assert time.monotonic() < deadline, "nothing was closed"
        time.sleep(0.002)


def as_it_stands() -> tuple[int, int]:
    """Statements and open months at one instant: the dead one's last commit may be on its way."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return Statement.objects.count(), open_months()


@pytest.mark.django_db(transaction=True)
class TestAClose:
    def test_that_is_killed_in_the_middle_is_gone_on_with(self) -> None:
        for number in range(MANY):
            whose = organisation(f"Club {number}")
            credit(whose, PAID)
            use_users(whose, 10_100 if number < OWING else 3, at=day(10, 2))
        for part in (1, 3):
            with closer() as process:
                wait_for(part * MANY // 10, process)
                process.send_signal(signal.SIGKILL)
                process.wait()
            made, still_open = as_it_stands()
            assert made % BATCH == 0
            assert made < MANY, "it was over before it was killed"
            assert still_open == MANY - made
        close_month(OCTOBER, now=CLOSING)
        assert Statement.objects.count() == MANY
        assert open_months() == 0
        assert Invoice.objects.count() == OWING
        assert Event.objects.filter(type="statement.ready").count() == MANY
        used = CreditEntry.objects.filter(kind="used")
        assert sum(entry.amount_minor for entry in used) == -OWING * PAID
        assert list(kept_problems()) == []

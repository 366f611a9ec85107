"""A worker is killed at each call of Stripe's: whoever comes next goes on, with one invoice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import connection

from billing.models import Invoice
from billing.rules.invoices.states import State
from billing.services.collection import ledger
from tests.billing.collection.conftest import NOW, Platform
from tests.billing.collection.test_drive import TOTAL
from tests.checkout import ROOT

# For each invoice that it is told, a child does what the task does; its number is said before.
WORKERS = """
import os, sys
import tests.system.loaded
from datetime import datetime
from django.conf import settings
from billing.services.collection import driving
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.STRIPE_TIMEOUT_S = 60
print("ready", flush=True)
for line in sys.stdin:
    invoice, now = line.split()
    child = os.fork()
    if not child:
        driving.drive(invoice, now=datetime.fromisoformat(now))
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""
CALLS = ["/v1/invoices", "/v1/invoiceitems", "/v1/invoices/*/finalize", "/v1/invoices/*/pay"]
Workers = subprocess.Popen[str]


@pytest.fixture
def workers(platform: Platform) -> Iterator[Workers]:
    told = {
        "DJANGO_SETTINGS_MODULE": "tifo.settings.test",
        "TIFO_STRIPE_KEY": platform.stand_in.api_key,
        "TIFO_STRIPE_URL": platform.stand_in.url,
    }
    command = [sys.executable, "-c", WORKERS, str(connection.settings_dict["NAME"])]
    with subprocess.Popen(
        command,
        env=os.environ | told,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert heard(process) == "ready"
        yield process


def heard(workers: Workers) -> str:
    assert workers.stdout
    return workers.stdout.readline().strip()


def kill_in_the_call(platform: Platform, workers: Workers, invoice: Invoice) -> None:
    """Let a worker wait for an answer that does not come, and end it there."""
    before = faults(platform)
    assert workers.stdin
    workers.stdin.write(f"{invoice.pk} {NOW.isoformat()}\n")
    workers.stdin.flush()
    child = int(heard(workers))
    until = time.monotonic() + 30
    while faults(platform) == before:
        assert time.monotonic() < until
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    assert heard(workers) == "ended"


def faults(platform: Platform) -> int:
    return sum(bool(each["fault"]) for each in platform.stand_in.control.calls())


@pytest.mark.system
@pytest.mark.django_db(transaction=True)
def test_a_kill_in_any_call_leads_to_one_invoice_paid_once(
    platform: Platform, workers: Workers
) -> None:
    platform.card()
    cases = [(path, fault) for path in CALLS for fault in ("timeout_before", "timeout_after")]
    for number, (path, fault) in enumerate(cases):
        invoice = platform.invoice(month=date(2026, 1 + number, 1))
        platform.stand_in.control.fault(fault, method="POST", path=path)
        kill_in_the_call(platform, workers, invoice)
        invoice.refresh_from_db()
        assert (invoice.state != State.PAID, invoice.attempts) == (True, 1), (path, fault)
        platform.drive(invoice, NOW + timedelta(seconds=1))
        assert invoice.state != State.PAID, "its claim still holds"
        platform.drive(invoice, NOW + timedelta(minutes=3))
        assert (invoice.state, invoice.paid_minor) == (State.PAID, TOTAL), (path, fault)
        assert [(each["total"], each["amount_paid"]) for each in platform.held()] == [
            (TOTAL, TOTAL)
        ] * (number + 1)
        assert ledger.owed(platform.organisation) == {}

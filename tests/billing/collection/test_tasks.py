"""Beat's tasks, and workers beside each other."""

import threading
from collections.abc import Iterator

import pytest
from celery import current_app
from django.db import connection

from billing import tasks
from billing.models import Reconciliation
from billing.rules.invoices.states import State
from billing.services.collection import driving, inbox, refunds
from foundation import clock
from tests.billing.collection.conftest import NOW, Platform
from tests.billing.collection.test_inbox import deliver


@pytest.fixture
def eager() -> Iterator[None]:
    """What is published is done at once, as the one worker of a small platform does it."""
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False


def test_tasks_take_an_invoice_from_the_statement_to_the_night(
    platform: Platform, eager: None
) -> None:
    platform.card()
    invoice = platform.invoice()
    tasks.collect(later_argument=True)
    invoice.refresh_from_db()
    assert invoice.state == State.PAID
    note = refunds.credit(invoice, amount_minor=7, reason="Goodwill", now=clock.now())
    tasks.collect()
    note.refresh_from_db()
    assert note.state == "issued"
    deliver(platform)
    tasks.read_inbox()
    assert not inbox.waiting(now=clock.now()).exists()
    tasks.dun()
    tasks.report_counts()
    tasks.reconcile()
    assert Reconciliation.objects.get().differences == []


@pytest.mark.django_db(transaction=True)
def test_workers_beside_each_other_make_one_invoice(platform: Platform) -> None:
    platform.card()
    invoice = platform.invoice()
    ended: list[State | None] = []

    def work() -> None:
        try:
            ended.append(driving.drive(invoice.pk, now=NOW))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(ended, key=str) == [None] * 5 + [State.PAID]
    assert [held["status"] for held in platform.held()] == ["paid"]

"""The operator's pages in headless Chromium, of money and of work: each fits desktop and phone."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext

from billing.models import (
    Correction,
    CreditNote,
    InboxMessage,
    Invoice,
    Reconciliation,
    Statement,
)
from billing.services.closing import close_month, close_organisation
from billing.services.collection import accounts, ledger
from billing.services.contracts import sign_contract
from billing.services.credits import grant_credit
from tests.billing.statements.making import CLOSING, OCTOBER, organisation, use, use_users
from tests.browser.test_pages import SIZES, overflow, resize
from tests.browser.work import work

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
LONG = "Stripe said that the invoice in_1Zz2b2in9lhobQhPq0356 has another total than was sent to it"
MESSAGE = "evt_1Rk2mNLkdIwHu7ix0356YzAB"
# What a list would cut off: cells that hold more than is seen, and columns that lie outside.
CUT = """[...document.querySelectorAll("#result_list td")]
  .filter(e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1
    || e.getBoundingClientRect().right > e.closest("form").getBoundingClientRect().right + 1)
  .map(e => e.innerText)"""
# A list follows its page's width only after the page was drawn.
DRAWN = "new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
PAGES = {
    "statements": "/admin/billing/statement/",
    "statement": "/admin/billing/statement/{statement}/change/",
    "invoices": "/admin/billing/invoice/",
    "invoice": "/admin/billing/invoice/{invoice}/change/",
    "only-sandboxes": "/admin/billing/invoice/?q=Rehearsal",
    "credit-notes": "/admin/billing/creditnote/",
    "credit-note": "/admin/billing/creditnote/{note}/change/",
    "new-credit-note": "/admin/billing/creditnote/add/",
    "reconciliations": "/admin/billing/reconciliation/",
    "reconciliation": "/admin/billing/reconciliation/{reconciliation}/change/",
    "inbox": "/admin/billing/inboxmessage/",
    "message": "/admin/billing/inboxmessage/{message}/change/",
    "accounts": "/admin/billing/billingaccount/",
    "account": "/admin/billing/billingaccount/{organisation}/change/",
    "ledger": "/admin/billing/ledgerentry/",
    "contracts": "/admin/billing/contract/",
    "contract": "/admin/billing/contract/{contract}/change/",
    "new-contract": "/admin/billing/contract/add/",
    "credits": "/admin/billing/credit/",
    "credit": "/admin/billing/credit/{credit}/change/",
    "new-credit": "/admin/billing/credit/add/",
    "new-adjustment": "/admin/metering/adjustment/add/",
    "jobs": "/admin/jobs/job/",
    "job": "/admin/jobs/job/{job}/change/",
    "job-that-failed": "/admin/jobs/job/{failed}/change/",
    "job-that-died": "/admin/jobs/job/{dead}/change/",
    "job-that-waits": "/admin/jobs/job/{waiting}/change/",
    "job-cancelled": "/admin/jobs/job/{waiting}/cancel/",
    "job-requeued": "/admin/jobs/job/{dead}/requeue/",
    "workers": "/admin/jobs/worker/",
    "worker": "/admin/jobs/worker/{worker}/change/",
    "models": "/admin/model_registry/model/",
    "model": "/admin/model_registry/model/{model}/change/",
    "model-checks": "/admin/model_registry/modelcheck/",
    "model-check": "/admin/model_registry/modelcheck/{check}/change/",
}


@pytest.fixture
def ids(transactional_db: None) -> dict[str, object]:
    """A month that was closed, invoiced, credited and compared, and work that was done in it; the
    ids of all that came of it."""
    # Playwright's loop runs in this thread, and what is told on commit needs one without.
    with ThreadPoolExecutor(1) as other:
        found = other.submit(month).result()
        other.submit(lambda: connection.close()).result()  # its own, of that thread
    return found


def month() -> dict[str, object]:
    whose = organisation("The Terrace of the Northern Stand")
    use_users(whose, 10_970)
    use(whose, "effects", "1234")
    rehearsal = organisation("Rehearsal", sandbox_of=whose)
    use_users(rehearsal, 10_001, livemode=False)
    credit = grant_credit(organisation=whose, amount_minor=1_250, now=CLOSING)
    start = datetime(2090, 1, 1, tzinfo=UTC)
    contract = sign_contract(
        organisation=whose,
        starts_at=start,
        minimum_commitment_minor=100_000,
        discount_percent=Decimal("12.5"),
        now=CLOSING,
    )
    accounts.account_of(whose)
    close_month(OCTOBER, now=CLOSING)
    close_organisation(rehearsal, OCTOBER, CLOSING)
    statement = Statement.objects.get(organisation=whose)
    Correction.objects.create(
        id="cor_1",
        statement=statement,
        number=1,
        amount_minor=-120,
        content="{}",
        content_hash="0" * 64,
        made_at=CLOSING,
    )
    Invoice.objects.filter(statement=statement).update(problem=LONG, external_id="in_1Zz2b2in9lho")
    invoice = Invoice.objects.get(statement=statement)
    ledger.enter(invoice, ledger.Kind.INVOICE, invoice.total_minor, source="invoice", now=CLOSING)
    note = CreditNote.objects.create(
        id="crn_1",
        organisation=whose,
        invoice=invoice,
        amount_minor=120,
        reason="Goodwill",
        created_at=CLOSING,
    )
    InboxMessage.objects.create(
        id=MESSAGE,
        type="invoice.payment_action_required",
        payload={"id": MESSAGE, "data": {"object": {"id": "in_1Zz2b2in9lhobQhPq0356", "n": LONG}}},
        told_at=CLOSING,
        received_at=CLOSING,
        problem=LONG,
    )
    found = {"statement": statement.pk, "number": statement.number}
    reconciliation = Reconciliation.objects.create(
        month=OCTOBER,
        ran_at=CLOSING,
        compared=1,
        differences=[
            found | {"kind": "amount", "ours": str(invoice.total_minor), "theirs": "999999"},
            {
                "kind": "extra",
                "statement": "stm_0356hhZz2b2in9lhobQhPqZ",
                "number": "",
                "ours": "",
                "theirs": "in_1Zz2b2in9lhobQhPq0356: 28487 usd, draft",
            },
        ],
    )
    return work(whose) | {
        "statement": statement.pk,
        "invoice": invoice.pk,
        "note": note.pk,
        "reconciliation": reconciliation.pk,
        "organisation": whose.pk,
        "contract": contract.pk,
        "credit": credit.pk,
        "message": MESSAGE,
    }


@pytest.fixture
def logged_in(browser: Browser, origin: str, transactional_db: None) -> Iterator[BrowserContext]:
    client = Client()
    client.force_login(User.objects.create_superuser("operator"))
    context = browser.new_context()
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": origin}]
    )
    yield context
    context.close()


def test_every_page_fits_its_width(
    logged_in: BrowserContext, origin: str, ids: dict[str, object]
) -> None:
    wide = {}
    page = logged_in.new_page()
    for name, path in PAGES.items():
        answer = page.goto(origin + path.format(**ids), wait_until="load")
        assert answer is not None
        assert answer.status == 200, name
        for summary in page.locator("details summary").all():
            summary.click()
        for size in SIZES:
            resize(page, size)
            page.evaluate(DRAWN)
            cut = page.evaluate(CUT)
            if cut or overflow(page) > 0:
                wide[name, size] = (overflow(page), cut)
    assert wide == {}


def test_a_phone_shows_four_jobs_at_once(logged_in: BrowserContext, origin: str) -> None:
    with ThreadPoolExecutor(1) as other:
        other.submit(lambda: work(organisation("The Northern Stand"))).result()
        other.submit(lambda: connection.close()).result()
    page = logged_in.new_page()
    resize(page, "phone")
    page.goto(f"{origin}/admin/jobs/job/", wait_until="load")
    rows = page.locator("#result_list tr.data-row").all()
    tallest = max(box["height"] for row in rows if (box := row.bounding_box()))
    assert len(rows) > 4
    assert 4 * tallest < SIZES["phone"][1]
    page.locator("#result_list .action-select").first.check()  # nothing lies over it

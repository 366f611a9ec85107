"""Why something about money is not done.

TifoError
├── NotFound (404) ── UserNotInStatement
├── Conflict (409)
│   ├── MonthNotOver, MonthClosed, MonthContradicts
│   └── FormatMissing, NoCollector, NotNow, AboveInvoice
├── CollectorRefused (502)
└── CollectorAway (503)
"""

from foundation.errors import Conflict, Fact, NotFound, Retry, TifoError


class NoCollector(Conflict):
    code = "no-collector"
    title = "Nobody collects payments for this organisation here"
    meaning = (
        "The operator has not connected Stripe, or the organisation is a sandbox: there are "
        "statements and invoices, and no page where a payment method could be entered."
    )
    remedy = (
        "Ask the operator how to pay. In a sandbox choose how its payments end: `POST "
        "/v1/sandboxes/{sandbox_id}/payment-method`. Who runs the platform: [connect Stripe]"
        "(/docs/how-to/connect-stripe), or set the account's terms to `invoice`."
    )
    retry = Retry.NO


class CollectorAway(TifoError):
    status = 503
    code = "collector-away"
    title = "Stripe does not answer at the moment; nothing was changed"
    meaning = "The call needs Stripe, which did not answer, or asked us to come back later."
    remedy = "Wait as long as `Retry-After` says and repeat the call."
    retry = Retry.AFTER_WAIT

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "10"})


class CollectorRefused(TifoError):
    status = 502
    code = "collector-refused"
    title = "Stripe refused what the platform asked of it"
    meaning = "Stripe was asked in your name and said no; `detail` has its words."
    remedy = "Give the operator `detail` and the `request_id`."
    retry = Retry.NO


class NotNow(Conflict):
    code = "invoice-not-open"
    title = "The invoice is in a state in which this cannot be done"
    meaning = "What is wanted does not fit the state that the invoice is in by now."
    remedy = "Read the invoice again: [its states](/docs/reference/billing-states)."
    retry = Retry.NO
    members = {"state": Fact("void", "the state that the invoice is in")}


class AboveInvoice(Conflict):
    code = "above-invoice"
    title = "More would be given back than was invoiced"
    meaning = "Credit notes can take off an invoice what it comes to, all together, and no more."
    remedy = "Take off at most `left_minor`, which is what is left of it."
    retry = Retry.NO
    members = {"left_minor": Fact(1200, "what can still be taken off, in minor units")}


class MonthNotOver(Conflict):
    code = "month-not-over"
    title = "The month cannot be closed yet"
    meaning = (
        "A month is closed when it is over and the hours in which late usage is still taken have "
        "passed: 72, unless the operator has set others."
    )
    remedy = "Close it at or after `closes_at`. Until then the invoice preview says what it costs."
    retry = Retry.NO
    members = {
        "month": Fact("2026-10", "The month that was asked for"),
        "closes_at": Fact("2026-11-04T00:00:00Z", "The first moment at which it can be closed"),
    }


class MonthClosed(Conflict):
    code = "month-closed"
    title = "The month is closed"
    meaning = (
        "Its statements are made, and nothing changes them. What still arrives for it is counted "
        "apart, and corrected in a later statement."
    )
    remedy = (
        "Read its statement: `GET /v1/statements/{statement}`. Report late usage as usual: the "
        "next close makes a correction of it."
    )
    retry = Retry.NO
    members = {
        "month": Fact("2026-10", "The month that was asked for"),
        "statement": Fact("stm_035AF1G6JZQHV6VJ6AAJSBKTRV", "The id of its statement"),
    }


class MonthContradicts(Conflict):
    code = "month-contradicts-itself"
    title = "The month cannot be closed: what it is made of contradicts itself"
    meaning = (
        "No statement can be made of its prices, contracts and usage, so it stays open, and the "
        "months after it wait. `detail` says what is wrong."
    )
    remedy = (
        "Give the operator `detail` and the `request_id`: prices and contracts are his to mend. A "
        "sandbox's clock stands at the month's close until then; another sandbox is not held up."
    )
    retry = Retry.NO
    members = {"month": Fact("2026-10", "The month that stays open")}


class UserNotInStatement(NotFound):
    code = "user-not-in-statement"
    title = "This user is not in the statement"
    meaning = (
        "No user of this id was counted in the statement's month in time, so there is nothing to "
        "prove."
    )
    remedy = (
        "Check the id's spelling, capitals too: it is your own id of the user, as you sent it. A "
        "user who came when the month was closed is in no statement."
    )
    retry = Retry.NO
    members = {"month": Fact("2026-10", "The statement's month")}


class FormatMissing(Conflict):
    code = "format-not-installed"
    title = "This platform makes no such document"
    meaning = "The operator has not installed what makes documents of this format."
    remedy = (
        "Ask for `html`, which prints well, or for `csv` or `focus`. Operators install the extra "
        "`tifo[pdf]`."
    )
    retry = Retry.NO
    members = {"format": Fact("pdf", "The format that was asked for")}

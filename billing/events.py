"""What is told of statements, of invoices and how an organisation stands, and to the operator."""

from typing import Final, TypedDict

from foundation.events.catalogue import Durable, declare
from foundation.events.sockets import Audience

# No organisation has this id: what is told to it is for the operator.
OPERATOR: Final = Audience("operator", livemode=True)


class StatementData(TypedDict):
    id: str
    number: str
    month: str
    currency: str
    total_minor: int
    hash: str


class InvoiceData(TypedDict):
    id: str
    number: str
    statement: str
    state: str
    currency: str
    total_minor: int
    tax_minor: int
    paid_minor: int
    due_at: str | None
    url: str


class StandingData(TypedDict):
    standing: str
    tier: str
    owed_minor: dict[str, int]
    grace_ends_at: str | None


class StoppedData(TypedDict):
    invoice: str
    number: str
    state: str
    credit_note: str | None
    problem: str


class DifferedData(TypedDict):
    month: str
    compared: int
    differences: int


STATEMENT_READY: Final = declare(
    Durable(
        name="statement.ready",
        frame=None,
        data=StatementData,
        meaning="A month was closed, and its statement can be read and checked.",
    )
)
INVOICE_FINALISED: Final = declare(
    Durable(
        name="invoice.finalised",
        frame=None,
        data=InvoiceData,
        meaning="An invoice can be paid from now on, and does not change any more.",
    )
)
INVOICE_PAID: Final = declare(
    Durable(
        name="invoice.paid", frame=None, data=InvoiceData, meaning="An invoice was paid in full."
    )
)
INVOICE_PAYMENT_FAILED: Final = declare(
    Durable(
        name="invoice.payment_failed",
        frame=None,
        data=InvoiceData,
        meaning="A payment of the invoice was refused; the grace runs.",
    )
)
INVOICE_VOIDED: Final = declare(
    Durable(
        name="invoice.voided",
        frame=None,
        data=InvoiceData,
        meaning="The operator took the invoice back: nothing is owed of it.",
    )
)
BILLING_RESTRICTED: Final = declare(
    Durable(
        name="billing.restricted",
        frame=None,
        data=StandingData,
        meaning="The grace is over and invoices are unpaid: the limits are those of the first "
        "tier. No data is lost.",
    )
)
BILLING_RESTORED: Final = declare(
    Durable(
        name="billing.restored",
        frame=None,
        data=StandingData,
        meaning="What was unpaid is paid: the organisation has the tier back that it had.",
    )
)
COLLECTION_STOPPED: Final = declare(
    Durable(
        name="collection.stopped",
        frame=None,
        data=StoppedData,
        meaning="For the operator alone: an invoice, or a credit note of it, does not go on until "
        "a person has looked.",
    )
)
RECONCILIATION_DIFFERED: Final = declare(
    Durable(
        name="reconciliation.differed",
        frame=None,
        data=DifferedData,
        meaning="For the operator alone: statements and the collector's invoices are not equal.",
    )
)

"""What any collector does with an invoice, in plain values; Stripe, the operator and the sandbox.

Every call may be made again, after a crash or beside another worker: it finds what was done
already. Amounts are integers in the currency's minor units.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from billing.rules.invoices.lines import Line


class Status(StrEnum):
    """An invoice as the collector sees it; the names are Stripe's."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


@dataclass(frozen=True)
class Payer:
    """Whom a collector knows by `customer_id`; empty: not yet.

    `due_days` is None for who pays by the method on file, and is charged at once.
    """

    organisation_id: str
    name: str
    email: str
    customer_id: str
    payment_method_id: str
    due_days: int | None


@dataclass(frozen=True)
class Ask:
    """A statement as it is asked for. `external_id` is empty until the collector has a draft;
    `outstanding_minor` is what is still to be paid, tax included."""

    invoice_id: str
    statement_id: str
    statement_hash: str
    number: str
    month: date
    starts_at: datetime
    ends_at: datetime
    currency: str
    lines: tuple[Line, ...]
    total_minor: int
    outstanding_minor: int
    payer: Payer
    external_id: str
    moment: datetime


@dataclass(frozen=True)
class Held:
    """An invoice as the collector holds it now. `subtotal_minor` is before tax, `paid_minor` what
    was settled in whatever way; `tried` says that the last payment was tried and refused."""

    id: str
    status: Status
    currency: str
    subtotal_minor: int
    tax_minor: int = 0
    paid_minor: int = 0
    refunded_minor: int = 0
    tried: bool = False
    due_at: datetime | None = None
    hosted_url: str = ""
    statement_id: str = ""
    customer_id: str = ""


@dataclass(frozen=True)
class NoteAsk:
    """Money taken off a finalised invoice: `amount_minor` with its part of the tax.

    Of a paid invoice it is given back to the payer.
    """

    note_id: str
    invoice_external_id: str
    amount_minor: int
    paid: bool
    reason: str


class Collector(Protocol):
    """Raises Away where it does not answer, Refused where it will not, Declined by a payer."""

    def customer(self, payer: Payer) -> str:
        """Its name for the payer, made where it has none; empty where it needs none."""
        ...

    def draft(self, ask: Ask) -> Held:
        """The one draft of the statement. Raises Refused if there are two."""
        ...

    def send_lines(self, ask: Ask) -> None:
        """Every line that the draft lacks."""
        ...

    def read_lines(self, ask: Ask) -> list[Line]:
        """All lines that it has, whoever wrote them."""
        ...

    def look(self, ask: Ask) -> Held | None:
        """The invoice at present; None where nobody but the row knows it."""
        ...

    def finalise(self, ask: Ask) -> Held: ...

    def collect(self, ask: Ask) -> Held:
        """Charge the method on file, or send the invoice to who has days to pay in."""
        ...

    def void(self, ask: Ask) -> Held:
        """Take it back; what is paid by now stays so, and is answered as it is."""
        ...

    def credit(self, note: NoteAsk) -> str:
        """Issue a credit note once, by `note_id`; its name at the collector."""
        ...


class Away(Exception):
    """It did not answer, or not now: nothing is known of the call. Try again after `wait_s`."""

    def __init__(self, detail: str, *, wait_s: float | None = None) -> None:
        super().__init__(detail)
        self.wait_s = wait_s


class Refused(Exception):
    """It said no, and will again until a person changes something."""


class Declined(Exception):
    """The payer's bank said no; `detail` is for the payer."""

"""Statements only: the invoice is ours alone, and the operator records what was paid."""

from datetime import timedelta

from billing.collectors.protocol import Ask, Held, NoteAsk, Payer, Status
from billing.rules.invoices.lines import Line


class ManualCollector:
    """Nothing leaves the platform. What would be read back is what the statement says."""

    def customer(self, payer: Payer) -> str:
        return ""

    def draft(self, ask: Ask) -> Held:
        return held(ask, Status.DRAFT)

    def send_lines(self, ask: Ask) -> None:
        """The statement has them already."""

    def read_lines(self, ask: Ask) -> list[Line]:
        return list(ask.lines)

    def look(self, ask: Ask) -> Held | None:
        return None

    def finalise(self, ask: Ask) -> Held:
        return held(ask, Status.OPEN)

    def collect(self, ask: Ask) -> Held:
        return held(ask, Status.OPEN)

    def void(self, ask: Ask) -> Held:
        return held(ask, Status.VOID)

    def credit(self, note: NoteAsk) -> str:
        return ""


def held(ask: Ask, status: Status) -> Held:
    """The invoice as it would be held if somebody held it."""
    days = ask.payer.due_days
    return Held(
        id="",
        status=status,
        currency=ask.currency,
        subtotal_minor=ask.total_minor,
        paid_minor=ask.outstanding_minor if status is Status.PAID else 0,
        due_at=None if days is None else ask.moment + timedelta(days=days),
        statement_id=ask.statement_id,
    )

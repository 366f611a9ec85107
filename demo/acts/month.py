"""A month that passes in a sandbox: closed, recomputed without the server, invoiced and paid."""

import asyncio
from pathlib import Path

from demo.cast import Cast
from demo.report import Check
from tifo_client import Tifo
from tifo_client.shapes import Invoice, Sandbox, Statement
from tifo_client.verify.statements import verify

FANS = 11_000
EXPECTED_MINOR = 5_500  # at half a cent a fan


async def pass_by(cast: Cast, paper: Path) -> list[Check]:
    """Make a sandbox, fill a month with fans, let it pass, and look at what it came to."""
    made = await cast.call(cast.office.sandboxes.create, "A busy month")
    with Tifo(made.secret, cast.address) as inside:
        await cast.call(inside.sandboxes.choose_payment, made.id, "succeeds")
        full = await cast.call(inside.sandboxes.make_active, made.id, FANS)
        cast.say("month", f"{FANS:,} fans in a sandbox, which stands in {full.tier.title()} now")
        later = await cast.call(inside.sandboxes.advance, made.id, months=1)
        [first, *_] = await cast.call(lambda: list(inside.statements.list()))
        statement = await cast.call(inside.statements.get, first.id)
        export = await cast.call(inside.statements.export, first.id, users=True)
        [invoice] = await cast.call(lambda: list(inside.invoices.list()))
        await asyncio.to_thread(
            paper.write_bytes, await cast.call(inside.invoices.document, invoice.id)
        )
    cast.say("month", f"its clock shows {later.clock:%d %B}; the invoice: {paper}")
    return [
        Check("Month closed", *_closed(full, statement, invoice)),
        Check("Statement", *_recomputed(export)),
    ]


def _closed(full: Sandbox, statement: Statement, invoice: Invoice) -> tuple[bool, str]:
    right = (
        full.tier == "pro"
        and statement.total_minor == invoice.total_minor == EXPECTED_MINOR
        and invoice.state == "paid"
    )
    dollars = f"${invoice.total_minor / 100:.2f}"
    return right, f"{FANS:,} fans came to {dollars}; invoice {invoice.number} is {invoice.state}"


def _recomputed(export: bytes) -> tuple[bool, str]:
    """As its receiver checks it; then with the total made a cent less."""
    faults = list(verify(export))
    total = f'"total_minor":{EXPECTED_MINOR}'.encode()
    forged = list(verify(export.replace(total, total.replace(b"5500", b"5499"), 1)))
    said = f"recomputed without the server, {len(faults)} faults; a cent less is found: "
    return not faults and bool(forged), said + (forged[0] if forged else "no")

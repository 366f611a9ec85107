"""What closed months came to: statements, their exports and proofs, and invoices."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Literal

from tifo_client._gen.api.account import preview_invoice
from tifo_client._gen.api.billing import (
    export_statement,
    get_invoice,
    get_statement,
    list_invoices,
    list_statements,
    prove_user,
    read_invoice,
    read_statement,
)
from tifo_client._gen.models.invoice import Invoice
from tifo_client._gen.models.invoice_detail import InvoiceDetail
from tifo_client._gen.models.invoice_preview import InvoicePreview
from tifo_client._gen.models.statement import Statement
from tifo_client._gen.models.statement_proof import StatementProof
from tifo_client._gen.models.statement_summary import StatementSummary
from tifo_client.answers import given, rows, take, unexpected
from tifo_client.resources import Resource

Format = Literal["html", "pdf", "csv", "focus"]


def _is_export(body: bytes) -> bool:
    try:
        return "statements" in json.loads(body)
    except (ValueError, TypeError, RecursionError):
        return False


class StatementsResource(Resource):
    def list(self) -> Iterator[StatementSummary]:
        return rows(partial(list_statements.sync_detailed, client=self._core))

    def get(self, statement_id: str) -> Statement:
        return take(get_statement.sync_detailed(statement_id, client=self._core))

    def export(self, statement_id: str, *, users: bool = False, history: bool = False) -> bytes:
        """What `python -m tifo_client.verify` reads: save it byte for byte.

        With `users` the hash of every user is there, for the Merkle root; with `history` every
        statement before it, for the chain.
        """
        answer = export_statement.sync_detailed(
            statement_id,
            client=self._core,
            users="true" if users else "false",
            history="true" if history else "false",
        )
        take(answer)
        if not _is_export(answer.content):
            raise unexpected(answer, "that is no export")
        return answer.content

    def prove(self, statement_id: str, end_user: str) -> StatementProof:
        """The proof that this user, by your own id, is among those whom the statement counts."""
        return take(prove_user.sync_detailed(statement_id, client=self._core, end_user=end_user))

    def document(self, statement_id: str, format: Format = "html") -> bytes:  # noqa: A002  (its name in the API)
        """The statement as a page, a PDF, or a table of its lines."""
        answer = read_statement.sync_detailed(statement_id, client=self._core, format_=format)
        take(answer)
        return answer.content


class InvoicesResource(Resource):
    def preview(self, *, month: str | None = None, tier: str | None = None) -> InvoicePreview:
        """An open month's invoice as it stands, or as it would stand at another tier.

        `month` as in `2026-10`: by default this one. Raises TifoError with the code `month-closed`
        for one that has a statement.
        """
        answer = preview_invoice.sync_detailed(
            client=self._core, month=given(month), tier=given(tier)
        )
        return take(answer)

    def list(self) -> Iterator[Invoice]:
        return rows(partial(list_invoices.sync_detailed, client=self._core))

    def get(self, invoice_id: str) -> InvoiceDetail:
        """The invoice with its credit notes, refunds and disputes: why something of it is owed."""
        return take(get_invoice.sync_detailed(invoice_id, client=self._core))

    def document(self, invoice_id: str, format: Format = "html") -> bytes:  # noqa: A002  (its name in the API)
        """The invoice as a page that prints, a PDF, or a table of its lines."""
        answer = read_invoice.sync_detailed(invoice_id, client=self._core, format_=format)
        take(answer)
        return answer.content

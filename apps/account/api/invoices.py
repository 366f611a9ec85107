"""Invoices: where they stand, and as documents."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.account.api.documents import FORMAT_PARAMETER, AnyTypeView, document
from billing.documents.papers import invoice_paper
from billing.models import CreditNote, Invoice
from billing.queries import movements
from billing.queries import statements as queries
from billing.rules.statements.contents import month_name
from foundation.http.pagination import page
from gateway.contract.answers import page_of
from gateway.contract.tags import Tag
from gateway.doors.parameters import PAGE_PARAMETERS
from gateway.doors.views import GatedView
from gateway.operations import reads


class InvoiceSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.CharField()
    statement = serializers.CharField(help_text="The statement whose total it asks for")
    month = serializers.CharField(help_text="As in 2026-10, in UTC")
    state = serializers.ChoiceField(choices=Invoice.State.choices)
    currency = serializers.CharField(help_text="ISO 4217, in lower case")
    total_minor = serializers.IntegerField(help_text="Before tax, in the currency's minor units")
    tax_minor = serializers.IntegerField()
    paid_minor = serializers.IntegerField()
    refunded_minor = serializers.IntegerField()
    credited_minor = serializers.IntegerField(help_text="Taken off by credit notes")
    url = serializers.CharField(allow_null=True, help_text="Where it can be paid, if anywhere")
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)


class CreditNoteSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    amount_minor = serializers.IntegerField(help_text="Taken off the invoice, before tax")
    reason = serializers.CharField()
    state = serializers.ChoiceField(choices=CreditNote.State.choices)
    created_at = serializers.DateTimeField()
    issued_at = serializers.DateTimeField(allow_null=True)


class RefundSerializer(serializers.Serializer[Any]):
    amount_minor = serializers.IntegerField(help_text="Given back of what was paid")
    at = serializers.DateTimeField()


class DisputeSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="Its name at the collector")
    amount_minor = serializers.IntegerField(help_text="Taken back by the bank: owed again")
    state = serializers.ChoiceField(
        choices=[movements.WITHDRAWN, movements.WON],
        help_text="withdrawn: undecided, or lost; won: the bank has given it back",
    )
    at = serializers.DateTimeField()
    won_at = serializers.DateTimeField(allow_null=True)


class InvoiceDetailSerializer(InvoiceSerializer):
    owed_minor = serializers.IntegerField(
        help_text="Of it by now: its part of what `GET /v1/billing` says. 0 before it is "
        "finalised; below 0: owed to you. More than 0 of a paid one: see `refunds` and `disputes`"
    )
    credit_notes = CreditNoteSerializer(many=True)
    refunds = RefundSerializer(many=True)
    disputes = DisputeSerializer(many=True)


def render_detail(invoice: Invoice) -> dict[str, Any]:
    told = {
        "owed_minor": sum(movements.moved(invoice).values()),
        "credit_notes": invoice.credit_notes.order_by("created_at", "pk"),
        "refunds": movements.refunds(invoice),
        "disputes": movements.disputes(invoice),
    }
    return InvoiceDetailSerializer(render(invoice) | told).data


def render(invoice: Invoice) -> dict[str, Any]:
    return {
        "id": invoice.pk,
        "number": invoice.number,
        "statement": invoice.statement_id,
        "month": month_name(invoice.statement.month),
        "state": invoice.state,
        "currency": invoice.currency,
        "total_minor": invoice.total_minor,
        "tax_minor": invoice.tax_minor,
        "paid_minor": invoice.paid_minor,
        "refunded_minor": invoice.refunded_minor,
        "credited_minor": invoice.credited_minor,
        "url": invoice.hosted_url or None,
        "created_at": invoice.created_at,
        "due_at": invoice.due_at,
        "paid_at": invoice.paid_at,
    }


class InvoicesView(GatedView):
    tag = Tag.BILLING
    operations = {"get": reads("billing:read")}
    query_parameters = {"get": PAGE_PARAMETERS}

    @extend_schema(
        operation_id="listInvoices",
        summary="Invoices and where they stand, newest first",
        responses=page_of(InvoiceSerializer),
    )
    def get(self, request: Request) -> Response:
        rows = queries.invoices(self.caller.organisation, livemode=self.caller.livemode)
        return Response(page(rows.defer("statement__content"), request.query_params).render(render))


class InvoiceView(GatedView):
    tag = Tag.BILLING
    operations = {"get": reads("billing:read")}

    @extend_schema(
        operation_id="getInvoice",
        summary="One invoice, and what was given back of it",
        responses=InvoiceDetailSerializer,
    )
    def get(self, request: Request, invoice_id: str) -> Response:
        return Response(render_detail(_invoice(self, invoice_id)))


class InvoiceDocumentView(AnyTypeView):
    tag = Tag.BILLING
    operations = {"get": reads("billing:read")}
    query_parameters = {"get": [FORMAT_PARAMETER]}

    @extend_schema(
        operation_id="readInvoice",
        summary="The invoice as a page that prints, a PDF, or a table",
        responses={(200, "*/*"): bytes},
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        found = _invoice(self, invoice_id)
        return document(invoice_paper(found), request)


def _invoice(view: GatedView, invoice_id: str) -> Invoice:
    caller = view.caller
    return queries.invoice(caller.organisation, invoice_id, livemode=caller.livemode)

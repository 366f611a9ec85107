"""Statements: what a month came to, its export for a verifier, and the proof of one user."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.account.api.documents import FORMAT_PARAMETER, AnyTypeView, document
from billing.documents.exports import export
from billing.documents.papers import statement_paper
from billing.models import Statement
from billing.queries import statements as queries
from billing.refusals import UserNotInStatement
from billing.rules.statements.canonical import canonical
from billing.rules.statements.contents import PROOF, month_name
from foundation.errors import Invalid
from foundation.http.pagination import page
from gateway.contract.answers import page_of
from gateway.contract.tags import Tag
from gateway.doors.parameters import PAGE_PARAMETERS, text
from gateway.doors.views import GatedView
from gateway.operations import reads
from metering.end_users import PATTERN, InvalidEndUser, normal
from metering.hashes import former_hashes, hash_users
from metering.seals import NotSealed, Proof, inclusion_proof

_FLAG = ["true", "false"]


class StatementSummarySerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.CharField()
    livemode = serializers.BooleanField()
    month = serializers.CharField(help_text="As in 2026-10, in UTC")
    currency = serializers.CharField(help_text="ISO 4217, in lower case")
    total_minor = serializers.IntegerField(help_text="In the currency's minor units, as in cents")
    hash = serializers.CharField(help_text="SHA-256 of the content in canonical JSON")
    previous_hash = serializers.CharField(help_text="Of the statement before; zeros at the first")
    closed_at = serializers.DateTimeField()
    invoice = serializers.CharField(allow_null=True, help_text="Its id; null: nothing is owed")


class StatementSerializer(StatementSummarySerializer):
    content = serializers.DictField(
        help_text="All that was reckoned with, and each line: see the reference of statements"
    )


class StatementProofSerializer(serializers.Serializer[Any]):
    schema = serializers.CharField(help_text="tifo.proof/1")
    statement = serializers.CharField(help_text="Its number")
    month = serializers.CharField()
    user = serializers.CharField(help_text="The user's keyed hash of that month: the leaf")
    index = serializers.IntegerField(help_text="The leaf's place, from 0")
    size = serializers.IntegerField(help_text="How many users the month has")
    path = serializers.ListField(
        child=serializers.CharField(), help_text="The nodes beside the way up, the lowest first"
    )
    root = serializers.CharField(  # type: ignore[assignment]  # the tree's own word
        help_text="As the statement's `users.root` has it"
    )


def render(statement: Statement) -> dict[str, Any]:
    invoice = getattr(statement, "invoice", None)
    return {
        "id": statement.pk,
        "number": statement.number,
        "livemode": statement.livemode,
        "month": month_name(statement.month),
        "currency": statement.currency,
        "total_minor": statement.total_minor,
        "hash": statement.content_hash,
        "previous_hash": statement.previous_hash,
        "closed_at": statement.closed_at,
        "invoice": invoice.pk if invoice else None,
    }


class StatementsView(GatedView):
    tag = Tag.BILLING
    operations = {"get": reads("billing:read")}
    query_parameters = {"get": PAGE_PARAMETERS}

    @extend_schema(
        operation_id="listStatements",
        summary="The statements of closed months, newest first",
        responses=page_of(StatementSummarySerializer),
    )
    def get(self, request: Request) -> Response:
        rows = queries.statements(self.caller.organisation, livemode=self.caller.livemode)
        found = page(rows.select_related("invoice").defer("content"), request.query_params)
        return Response(found.render(render))


class StatementView(GatedView):
    tag = Tag.BILLING
    operations = {"get": reads("billing:read")}

    @extend_schema(
        operation_id="getStatement",
        summary="One statement with all of its content, and the content's hash",
        responses=StatementSerializer,
    )
    def get(self, request: Request, statement_id: str) -> Response:
        found = _statement(self, statement_id)
        return Response(render(found) | {"content": json.loads(found.content)})


class StatementExportView(AnyTypeView):
    tag = Tag.BILLING
    operations = {"get": reads("billing:read")}
    query_parameters = {
        "get": [
            text("users", "true: with the hash of every user, for the Merkle root.", enum=_FLAG),
            text("history", "true: with every statement before it, for the chain.", enum=_FLAG),
        ]
    }

    @extend_schema(
        operation_id="exportStatement",
        summary="The statement as a verifier reads it, in canonical JSON",
        responses={(200, "*/*"): bytes},  # canonical JSON
    )
    def get(self, request: Request, statement_id: str) -> StreamingHttpResponse:
        """Save the answer byte for byte: `python -m tifo_client.verify FILE` recomputes it."""
        found = _statement(self, statement_id)
        users, history = (_flag(request, name) for name in ("users", "history"))
        made = export(queries.until(found) if history else [found], users=users)
        return StreamingHttpResponse(made, content_type="application/json")


class StatementProofView(GatedView):
    tag = Tag.BILLING
    operations = {"get": reads("billing:read")}
    query_parameters = {
        "get": [text("end_user", "Your own id of the user.", required=True, pattern=PATTERN)]
    }

    @extend_schema(
        operation_id="proveUser",
        summary="The proof that a user is among those whom the statement counts",
        responses=StatementProofSerializer,
    )
    def get(self, request: Request, statement_id: str) -> HttpResponse:
        """In canonical JSON too: the verifier takes the answer as it is."""
        found = _statement(self, statement_id)
        user, proof = _proof(found, _end_user(request))
        said = {
            "schema": PROOF,
            "statement": found.number,
            "month": month_name(found.month),
            "user": user.hex(),
            "index": proof.index,
            "size": proof.size,
            "path": [step.hex() for step in proof.path],
            "root": proof.root.hex(),
        }
        return HttpResponse(canonical(said), content_type="application/json")


class StatementDocumentView(AnyTypeView):
    tag = Tag.BILLING
    operations = {"get": reads("billing:read")}
    query_parameters = {"get": [FORMAT_PARAMETER]}

    @extend_schema(
        operation_id="readStatement",
        summary="The statement as a page, a PDF, or a table",
        responses={(200, "*/*"): bytes},
    )
    def get(self, request: Request, statement_id: str) -> HttpResponse:
        return document(statement_paper(_statement(self, statement_id)), request)


def _statement(view: GatedView, statement_id: str) -> Statement:
    caller = view.caller
    return queries.statement(caller.organisation, statement_id, livemode=caller.livemode)


def _flag(request: Request, name: str) -> bool:
    given = request.query_params.get(name, "false")
    if given not in _FLAG:
        raise Invalid.field(f"/{name}", "not-a-flag", f"{name} is true or false.")
    return bool(given == "true")


def _end_user(request: Request) -> str:
    given = request.query_params.get("end_user", "")
    try:
        return normal(given)
    except InvalidEndUser as error:
        raise Invalid.field("/end_user", error.reason, error.detail) from error


def _proof(statement: Statement, name: str) -> tuple[bytes, Proof]:
    """The user's hash under which the month counts him, and its proof."""
    organisation, livemode = statement.organisation, statement.livemode
    moment = datetime(statement.month.year, statement.month.month, 1, tzinfo=UTC)
    [own] = hash_users(organisation.pk, [name], livemode=livemode, now=moment)
    former = former_hashes(organisation.pk, [name], livemode=livemode, now=moment)
    for user in (own, *former.get(own, ())):
        with suppress(NotSealed):  # of a closed month: it has no users
            period = statement.month
            proof = inclusion_proof(organisation, livemode=livemode, period=period, user=user)
            if proof is not None:
                return user, proof
    raise UserNotInStatement(month=month_name(statement.month))

"""Sandboxes: made, moved through time, filled with users, deleted."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.account.api.sandboxes.bodies import (
    ChoosePaymentSerializer,
    CreateSandboxSerializer,
    MakeUsersActiveSerializer,
    MoveClockSerializer,
    NewSandboxSerializer,
    SandboxListSerializer,
    SandboxSerializer,
    moved,
    render,
)
from billing.services import sandboxes
from billing.services.sandboxes import Outcome
from foundation.clock import now
from gateway.admission.standings import over_cap
from gateway.callers.caller import Caller
from gateway.contract.tags import Tag
from gateway.doors.views import GatedView, valid
from gateway.operations import reads, spends
from tenants.models import Organisation
from tenants.services.sandboxes import check_may_act, create_sandbox, find_sandbox


class SandboxesView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("organisation:read"), "post": spends("organisation:write")}

    @extend_schema(
        operation_id="listSandboxes",
        summary="The organisation's sandboxes, oldest first",
        responses=SandboxListSerializer,
    )
    def get(self, request: Request) -> Response:
        moment = now()
        rows = self.caller.organisation.sandboxes.order_by("pk")
        return Response({"data": [render(sandbox, now=moment) for sandbox in rows]})

    @extend_schema(
        operation_id="createSandbox",
        summary="Make a sandbox: an organisation to try billing in, with a clock of its own",
        request=CreateSandboxSerializer,
        responses={201: NewSandboxSerializer},
    )
    def post(self, request: Request) -> Response:
        """It begins as a new organisation does: on the first tier, without a payment method."""
        asked, moment = valid(CreateSandboxSerializer(data=request.data)), now()
        sandbox, secret = create_sandbox(
            organisation=self.caller.organisation,
            name=asked["name"],
            now=moment,
            livemode=self.caller.livemode,
        )
        return Response(render(sandbox, now=moment) | {"secret": secret}, status=201)


class SandboxView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("organisation:read"), "delete": spends("organisation:write")}

    @extend_schema(
        operation_id="getSandbox",
        summary="A sandbox: its clock, tier, users and payment method",
        responses=SandboxSerializer,
    )
    def get(self, request: Request, sandbox_id: str) -> Response:
        return Response(render(find_sandbox(self.caller.organisation, sandbox_id), now=now()))

    @extend_schema(
        operation_id="deleteSandbox",
        summary="Delete a sandbox with all that is in it, its statements too",
        responses={204: None},
    )
    def delete(self, request: Request, sandbox_id: str) -> Response:
        sandbox = find_sandbox(self.caller.organisation, sandbox_id)
        check_may_act(livemode=self.caller.livemode)
        sandboxes.delete(sandbox, now=now())
        return Response(status=204)


class SandboxClockView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"post": spends("organisation:write")}

    @extend_schema(
        operation_id="advanceSandboxClock",
        summary="Move a sandbox's clock forwards, by 24 months at most",
        request=MoveClockSerializer,
        responses=SandboxSerializer,
    )
    def post(self, request: Request, sandbox_id: str) -> Response:
        """On the way months begin and are closed, invoices asked for and paid, each in its time."""
        asked, moment = valid(MoveClockSerializer(data=request.data)), now()
        sandbox = _playable(self.caller, sandbox_id)
        to = moved(sandbox.moment(moment), asked["advance"], now=moment)
        return Response(render(sandboxes.advance(sandbox, to=to, now=moment), now=moment))


class SandboxUsersView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"post": spends("organisation:write")}
    refusals = {"post": ["402"]}

    @extend_schema(
        operation_id="makeSandboxUsersActive",
        summary="Make 1 to 200,000 synthetic users active in a sandbox's month",
        request=MakeUsersActiveSerializer,
        responses=SandboxSerializer,
    )
    def post(self, request: Request, sandbox_id: str) -> Response:
        """They are counted as all users are. Where the sandbox may have no more, those before the
        refused one are active."""
        asked, moment = valid(MakeUsersActiveSerializer(data=request.data)), now()
        sandbox = _playable(self.caller, sandbox_id)
        counted = sandboxes.make_active(sandbox, count=asked["count"], now=moment)
        if counted.cap is not None:
            raise over_cap(counted.cap, sandbox, used=counted.total, now=sandbox.moment(moment))
        return _told(sandbox)


class SandboxPaymentMethodView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"post": spends("organisation:write")}

    @extend_schema(
        operation_id="chooseSandboxPaymentMethod",
        summary="Give a sandbox a payment method that pays, one that is declined, or none",
        request=ChoosePaymentSerializer,
        responses=SandboxSerializer,
    )
    def post(self, request: Request, sandbox_id: str) -> Response:
        """What was refused before is tried at once with the new one."""
        asked = valid(ChoosePaymentSerializer(data=request.data))
        sandbox = _playable(self.caller, sandbox_id)
        outcome = asked["outcome"]
        sandboxes.choose_payment(sandbox, Outcome(outcome) if outcome else None, now=now())
        return _told(sandbox)


def _playable(caller: Caller, sandbox_id: str) -> Organisation:
    """The caller's sandbox: a live key acts on it from outside, its own key from inside."""
    sandbox = find_sandbox(caller.organisation, sandbox_id)
    if sandbox.pk != caller.organisation.pk:
        check_may_act(livemode=caller.livemode)
    return Organisation.objects.get(pk=sandbox.pk)  # a caller's is shared, and may be older


def _told(sandbox: Organisation) -> Response:
    return Response(render(Organisation.objects.get(pk=sandbox.pk), now=now()))

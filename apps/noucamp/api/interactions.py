"""Fan interactions in batches, and the organisation's own exact view of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.noucamp import queries, shapes
from apps.noucamp.models import Interaction
from apps.noucamp.rules.interactions import in_time, value_fits
from apps.noucamp.services import interactions
from apps.noucamp.services.kiosks import NamedKiosk
from foundation.clock import now
from foundation.errors import Invalid, NotFound
from foundation.validation.strict import Body, Moment, Number, Pattern, Text
from gateway.callers.caller import Caller
from gateway.contract.tags import Tag
from gateway.doors.end_users import EndUserField
from gateway.doors.parameters import read_whole, whole
from gateway.doors.views import GatedView, valid
from gateway.operations import reads, spends

MAX_BATCH = 500
MAX_MINUTES = 24 * 60
DEFAULT_MINUTES = 15


class InteractionSerializer(Body):
    example = {
        "id": "gate-7-0001",
        "end_user": "fan-1",
        "kind": "cheer",
        "value": 80,
        "track": None,
    }

    id = Pattern(
        r"^[\x21-\x7e]{1,64}$", help_text="Your own unique id: the same id counts once, ever"
    )
    end_user = EndUserField(help_text="The fan in your own naming; only a keyed hash is kept")
    kind = serializers.ChoiceField(choices=Interaction.Kind.choices)
    value = Number(
        min_value=0,
        max_value=100,
        allow_null=True,
        default=None,
        help_text="Volume of a cheer, 0 to 100; null for a skip",
    )
    track = Text(max_length=200, allow_null=True, default=None)
    at = Moment(help_text="When it happened; up to 31 days ago")

    def validate_at(self, at: datetime) -> datetime:
        if not in_time(at, self.context["now"]):
            raise serializers.ValidationError(
                "at must lie within the last 31 days, and at most 5 minutes ahead.",
                code="out-of-range",
            )
        return at

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not value_fits(attrs["kind"], attrs["value"]):
            raise serializers.ValidationError(
                {"value": "A cheer has a value; a skip has none."}, code="value-and-kind"
            )
        return attrs


class RecordInteractionsSerializer(Body):
    example = {"kiosk": "kio_06a7x2mQ9sKd4TzB1vLfYe"}

    kiosk = Text(
        max_length=40,
        allow_null=True,
        default=None,
        help_text="Where it happened; a kiosk's own credential need not say",
    )
    interactions = serializers.ListField(
        child=InteractionSerializer(), min_length=1, max_length=MAX_BATCH
    )


class RecordedInteractionsSerializer(serializers.Serializer[Any]):
    accepted = serializers.IntegerField(help_text="Stored now")
    duplicates = serializers.IntegerField(help_text="Told before, word for word: stored once")
    duplicate_ids = serializers.ListField(child=serializers.CharField())
    conflicts = serializers.IntegerField(
        help_text="Not stored: under their id stands another interaction, and stays"
    )
    conflicting_ids = serializers.ListField(child=serializers.CharField())


class InteractionSummarySerializer(serializers.Serializer[Any]):
    audience = serializers.ChoiceField(
        choices=["own-organisation"],
        help_text="Exact data of your own organisation, without privacy noise: not for publication",
    )
    exact = serializers.BooleanField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    cheers = serializers.IntegerField()
    mean_cheer = serializers.FloatField(allow_null=True, help_text="0 to 100; null without cheers")
    skips = serializers.IntegerField()
    users = serializers.IntegerField(help_text="Distinct fans")


class InteractionsView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"post": spends("interactions:write")}
    refusals = {"post": ["404"]}  # a kiosk that is named
    named: NamedKiosk
    batch: list[interactions.NewInteraction]

    def check(self, request: Request) -> None:
        asked = valid(RecordInteractionsSerializer(data=request.data, context={"now": now()}))
        self.named = named_kiosk(self.caller, asked["kiosk"])
        self.batch = [interactions.NewInteraction(**each) for each in asked["interactions"]]

    def end_users(self, request: Request) -> Sequence[str]:
        return [each.end_user for each in self.batch]

    @extend_schema(
        operation_id="recordInteractions",
        summary="Store 1 to 500 interactions: all or nothing, committed before the answer",
        request=RecordInteractionsSerializer,
        responses={201: RecordedInteractionsSerializer},
    )
    def post(self, request: Request) -> Response:
        known = interactions.record(
            interactions.ReportedInteractions(self.named, self.batch, now())
        )
        return Response(
            shapes.recorded(
                len(self.batch), duplicates=known.duplicates, conflicting=known.conflicting
            ),
            status=201,
        )


def named_kiosk(caller: Caller, named: str | None) -> NamedKiosk:
    """Where a batch comes from: a kiosk says so itself, an ordinary key must name the kiosk."""
    own = caller.kiosk_id
    if own and named not in {None, own}:
        raise NotFound(f"No kiosk {named}.")
    kiosk_id = own or named
    if not kiosk_id:
        raise Invalid.field("/kiosk", "required", "Name the kiosk where it happened.")
    return NamedKiosk(caller.organisation.pk, caller.livemode, kiosk_id)


class InteractionSummaryView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"get": reads("kiosks:read")}
    query_parameters = {
        "get": [whole("minutes", "1 to 1440; default 15.", least=1, most=MAX_MINUTES)]
    }

    @extend_schema(
        operation_id="summariseInteractions",
        summary="The last minutes' interactions: your organisation's own exact data",
        responses=InteractionSummarySerializer,
    )
    def get(self, request: Request) -> Response:
        end = now()
        given = request.query_params.get("minutes", str(DEFAULT_MINUTES))
        minutes = read_whole("minutes", given, least=1, most=MAX_MINUTES)
        start = end - timedelta(minutes=minutes)
        found = queries.summary(
            self.caller.organisation, livemode=self.caller.livemode, start=start, end=end
        )
        return Response({"audience": "own-organisation", "exact": True, **vars(found)})

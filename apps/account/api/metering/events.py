"""Who was active, and what was used: in a list of users, or item by item."""

from collections.abc import Sequence
from typing import Any, Final

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.account.item_events import cloud_events, items, recording
from apps.account.item_events.envelopes import PARSERS, cloud_events_in, read_each
from apps.account.item_events.items import Read
from apps.account.item_events.recording import Judged
from foundation.clock import now
from foundation.validation.strict import Body, Moment, Text
from gateway.contract.tags import Tag
from gateway.doors.end_users import EndUserField
from gateway.doors.views import GatedView, valid
from gateway.operations import spends
from metering.items import MOST_ITEMS, Status

MOST_USERS = 1_000


@extend_schema_field(
    {
        "oneOf": [
            {"type": "number", "minimum": 0},
            {"type": "string", "pattern": r"^[0-9]{1,16}(?:\.[0-9]{1,6})?$"},
        ]
    }
)
class QuantityField(serializers.Field[Any, Any, Any, Any]):
    """A number or its digits, with 6 decimals at most."""


class UsageEventSerializer(Body):
    """An item in our own form. It is told of in the document, and read by `items`."""

    id = Text(
        max_length=items.LONGEST, help_text="Yours; with `source` it is the event's own for ever"
    )
    time = Moment(
        required=False,
        help_text="When it happened, whose UTC month counts it; when it came, if it is left out",
    )
    user = EndUserField(required=False, help_text="Who was active: needed for mau")
    meter = Text(required=False, max_length=40, help_text="mau if it is left out")
    quantity = QuantityField(required=False, help_text="0 to 10^15; 1 if it is left out")
    source = Text(  # type: ignore[assignment]  # CloudEvents' name
        required=False, max_length=items.LONGEST, help_text="Who tells it"
    )


@extend_schema_field(
    serializers.ListField(child=UsageEventSerializer(), min_length=1, max_length=MOST_ITEMS)
)
class EventsField(serializers.Field[Any, Any, Any, Any]):
    """A list of events, each of which is judged alone."""

    def to_internal_value(self, data: Any) -> list[Read]:
        return read_each(data, items.read)


class RecordUsageEventsSerializer(Body):
    example = {"end_users": ["fan-1", "fan-2"]}
    exactly_one = "Give either end_users or events."

    end_users = serializers.ListField(
        child=EndUserField(),
        required=False,
        min_length=1,
        max_length=MOST_USERS,
        help_text="Fans in your own naming; only keyed hashes are kept",
    )
    events = EventsField(
        required=False, help_text="Instead of `end_users`: what happened, and when"
    )


class CloudEventDataSerializer(serializers.Serializer[Any]):
    meter = serializers.CharField(required=False, help_text="Where `type` does not name it")
    quantity = QuantityField(required=False, help_text="0 to 10^15; 1 if it is left out")


class CloudEventSerializer(serializers.Serializer[Any]):
    """A CloudEvent of version 1.0. What is not named here is not read."""

    specversion = serializers.ChoiceField(choices=[cloud_events.VERSION])
    id = serializers.CharField(max_length=items.LONGEST)
    source = serializers.CharField(max_length=items.LONGEST)  # type: ignore[assignment]
    type = serializers.CharField(help_text="tifo.usage.mau, or another meter's name at its end")
    time = serializers.DateTimeField(required=False)
    subject = serializers.CharField(required=False, help_text="The end user: needed for mau")
    data = CloudEventDataSerializer(required=False)  # type: ignore[assignment]  # CloudEvents' name


BATCH: Final = {
    "type": "array",
    "items": {"$ref": "#/components/schemas/CloudEventRequest"},
    "minItems": 1,
    "maxItems": MOST_ITEMS,
}


class RecordedUsageEventsSerializer(serializers.Serializer[Any]):
    accepted = serializers.IntegerField(help_text="Distinct users of this call, new or not")


class JudgedEventSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(allow_null=True)
    result = serializers.ChoiceField(choices=[status.value for status in Status])
    reason = serializers.CharField(allow_null=True, help_text="A stable code, of one rejected")
    detail = serializers.CharField(allow_null=True)
    late = serializers.BooleanField(help_text="Its month was closed: it becomes a correction")


class JudgedUsageEventsSerializer(serializers.Serializer[Any]):
    accepted = serializers.IntegerField()
    duplicate = serializers.IntegerField(
        help_text="Told before, in the same words: nothing changed"
    )
    conflict = serializers.IntegerField(help_text="Told before in other words, which stand")
    rejected = serializers.IntegerField()
    results = JudgedEventSerializer(many=True, help_text="In the order of the events")


def render(judged: Sequence[Judged]) -> dict[str, Any]:
    counts = dict.fromkeys(map(str, Status), 0)
    for each in judged:
        counts[each.result] += 1
    return {**counts, "results": [_render(each) for each in judged]}


def _render(judged: Judged) -> dict[str, Any]:
    return {
        "id": judged.id,
        "result": judged.result,
        "reason": judged.reason,
        "detail": judged.detail,
        "late": judged.late,
    }


class UsageEventsView(GatedView):
    """Of the short form, admission meters the users it admits: there is nothing else to write."""

    tag = Tag.ACCOUNT
    operations = {"post": spends("usage:write")}
    parser_classes = PARSERS
    users: Sequence[str] = ()
    read: Sequence[Read] | None

    def check(self, request: Request) -> None:
        self.read = cloud_events_in(request)
        if self.read is None:
            asked = valid(RecordUsageEventsSerializer(data=request.data))
            self.read, self.users = asked.get("events"), asked.get("end_users", ())

    def end_users(self, request: Request) -> Sequence[str]:
        return self.users

    @extend_schema(
        operation_id="recordUsageEvents",
        summary="Report 1 to 1,000 end users as active, or events of usage, each judged alone",
        request={
            "application/json": RecordUsageEventsSerializer,
            cloud_events.ONE: CloudEventSerializer,
            cloud_events.BATCH: BATCH,
        },
        responses={
            202: PolymorphicProxySerializer(
                "UsageEventsAnswer",
                [JudgedUsageEventsSerializer, RecordedUsageEventsSerializer],
                resource_type_field_name=None,
            )
        },
    )
    def post(self, request: Request) -> Response:
        """A user counts once per UTC month; an event counts once for ever, by its source and id.

        Events are answered one by one under 202, whatever becomes of each.
        """
        if self.read is None:
            return Response({"accepted": len(set(self.users))}, status=202)
        moment = self.caller.organisation.moment(now())
        judged = recording.record(self.caller, self.read, family=self.tag, now=moment)
        return Response(render(judged), status=202)

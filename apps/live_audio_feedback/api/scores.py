"""The scores of a session's zones, second by second, as they were kept."""

from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.live_audio_feedback import queries
from apps.live_audio_feedback.models import LiveSession, ZoneSecond
from foundation.errors import Invalid
from gateway.operations import reads
from gateway.schema import page_of
from gateway.views import GatedView

DEFAULT_LIMIT = 600
MAX_LIMIT = 3600


class ZoneSecondSerializer(serializers.Serializer[Any]):
    second = serializers.DateTimeField(help_text="The instant at which the second begins")
    zone = serializers.CharField()
    mean = serializers.FloatField(help_text="0 to 100, as are min and max")
    min = serializers.FloatField()
    max = serializers.FloatField()
    samples = serializers.IntegerField(help_text="How many scores it sums up; 10 in a whole second")


def render(row: ZoneSecond) -> dict[str, Any]:
    return {
        "second": row.second,
        "zone": row.zone,
        "mean": round(row.mean, 2),
        "min": round(row.minimum, 2),
        "max": round(row.maximum, 2),
        "samples": row.samples,
    }


class ScoresView(GatedView):
    operations = {"get": reads("sessions:read")}

    @extend_schema(
        operation_id="listScores",
        summary="One row per zone and second in which it was heard, oldest first",
        parameters=[
            OpenApiParameter("zone", str, description="Only this zone."),
            OpenApiParameter("from", datetime, description="From this instant on."),
            OpenApiParameter("to", datetime, description="Before this instant."),
            OpenApiParameter("limit", int, description="Rows, 1 to 3600; default 600."),
            OpenApiParameter("cursor", str, description="`next_cursor` of the page before."),
        ],
        responses=page_of(ZoneSecondSerializer),
    )
    def get(self, request: Request, session_id: str) -> Response:
        asked = request.query_params
        session = queries.session(
            self.caller.organisation, session_id, livemode=self.caller.livemode
        )
        limit = _limit(asked.get("limit", str(DEFAULT_LIMIT)))
        rows = queries.seconds(
            session,
            zone=_zone(session, asked.get("zone")),
            since=_instant("from", asked.get("from")),
            until=_instant("to", asked.get("to")),
            after=_position(asked.get("cursor")),
        )
        found = list(rows[: limit + 1])
        more = _cursor(found[limit - 1]) if len(found) > limit else None
        return Response({"data": [render(row) for row in found[:limit]], "next_cursor": more})


def _limit(text: str) -> int:
    limit = int(text) if text.isascii() and text.isdecimal() else 0
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid.field("/limit", "out-of-range", f"limit must be 1 to {MAX_LIMIT}.")
    return limit


def _zone(session: LiveSession, name: str | None) -> str | None:
    if name is not None and name not in session.zones:
        raise Invalid.field("/zone", "unknown-zone", f"Zones are {', '.join(session.zones)}.")
    return name


def _instant(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid.field(f"/{name}", "invalid", f"{name} must be a date-time with its offset.")
    return moment


def _cursor(row: ZoneSecond) -> str:
    return f"{int(row.second.timestamp())}.{row.zone}"


def _position(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    second, _, zone = cursor.partition(".")
    if not (second.isascii() and second.isdecimal() and len(second) <= 10 and zone.isprintable()):
        raise Invalid.field("/cursor", "invalid", "Pass next_cursor as it came.")
    return datetime.fromtimestamp(int(second), UTC), zone

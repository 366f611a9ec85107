"""The scores of a session's zones, second by second, as they were kept."""

import re
from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.live_audio_feedback import queries
from apps.live_audio_feedback.models import LiveSession, ZoneSecond
from foundation.errors import Invalid
from foundation.validation.moments import read_moment
from foundation.zones import ZONE
from gateway.contract.answers import page_of
from gateway.contract.tags import Tag
from gateway.doors.parameters import instant, read_whole, text, whole
from gateway.doors.views import GatedView
from gateway.operations import reads

DEFAULT_LIMIT = 600
MAX_LIMIT = 3600
CURSOR = r"[0-9]{1,10}\.[A-Za-z0-9_-]{1,64}"
_form = re.compile(CURSOR)


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
    tag = Tag.LIVE_AUDIO_FEEDBACK
    operations = {"get": reads("sessions:read")}
    query_parameters = {
        "get": [
            text("zone", "Only this zone.", pattern=ZONE),
            instant("from", "From this instant on."),
            instant("to", "Before this instant."),
            whole("limit", "Rows, 1 to 3600; default 600.", least=1, most=MAX_LIMIT),
            text("cursor", "`next_cursor` of the page before.", pattern=f"^{CURSOR}$"),
        ]
    }

    @extend_schema(
        operation_id="listScores",
        summary="One row per zone and second in which it was heard, oldest first",
        responses=page_of(ZoneSecondSerializer),
    )
    def get(self, request: Request, session_id: str) -> Response:
        asked = request.query_params
        session = queries.session(
            self.caller.organisation, session_id, livemode=self.caller.livemode
        )
        limit = read_whole("limit", asked.get("limit", str(DEFAULT_LIMIT)), least=1, most=MAX_LIMIT)
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


def _zone(session: LiveSession, name: str | None) -> str | None:
    if name is not None and name not in session.zones:
        raise Invalid.field("/zone", "unknown-zone", f"Zones are {', '.join(session.zones)}.")
    return name


def _instant(name: str, given: str | None) -> datetime | None:
    if given is None:
        return None
    try:
        return read_moment(given)
    except ValueError as error:
        raise Invalid.field(f"/{name}", "invalid", str(error)) from error


def _cursor(row: ZoneSecond) -> str:
    return f"{int(row.second.timestamp())}.{row.zone}"


def _position(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    if not _form.fullmatch(cursor):
        raise Invalid.field("/cursor", "malformed", "Pass next_cursor as it came.")
    second, _, zone = cursor.partition(".")
    return datetime.fromtimestamp(int(second), UTC), zone

"""What was used on some days, by day, meter, key and family: read from counters alone."""

from collections.abc import Sequence
from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.account.api.metering.periods import PARAMETERS, Period, read_period
from foundation.clock import now
from foundation.errors import Invalid
from gateway.contract.tags import Tag
from gateway.doors.parameters import text
from gateway.doors.views import GatedView
from gateway.operations import reads
from jobs import queries as jobs
from metering import queries as metering
from metering.meters import MeterName, plain
from metering.queries.usage import GroupBy, Used

GROUPS: Final[Sequence[GroupBy]] = ("day", "meter", "key", "family")
MOST_ROWS: Final = 10_000


class UsageRowSerializer(serializers.Serializer[Any]):
    day = serializers.DateField(allow_null=True)
    meter = serializers.CharField()
    key = serializers.CharField(
        allow_null=True, help_text="The API key's id; empty for what no key was kept with"
    )
    family = serializers.CharField(allow_null=True, help_text="The tag of the operation")
    quantity = serializers.CharField(help_text="A decimal number, late ones included")
    late = serializers.CharField(
        help_text="How much of it came when its month was closed: a correction bills it"
    )


class UsageSerializer(serializers.Serializer[Any]):
    livemode = serializers.BooleanField()
    period_start = serializers.DateTimeField()
    period_end = serializers.DateTimeField()
    mau = serializers.IntegerField(
        help_text="Users first seen on these days; of a month, its active users"
    )
    mau_cap = serializers.IntegerField(allow_null=True)
    meters = serializers.DictField(
        child=serializers.CharField(),
        help_text="Of each other meter, its units as a decimal number",
    )
    jobs = serializers.DictField(child=serializers.IntegerField(), help_text="Jobs per state")
    by = serializers.ListField(child=serializers.CharField())
    data = UsageRowSerializer(many=True)  # type: ignore[assignment]  # the envelope's name


class UsageView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("usage:read")}
    query_parameters = {
        "get": [
            *PARAMETERS,
            text(
                "by",
                "Some of day, meter, key and family, with commas between: a row for each. Units of "
                "two meters are never added up, so that rows are always by meter too.",
                pattern=f"^(?:{'|'.join(GROUPS)})(?:,(?:{'|'.join(GROUPS)}))*$",
            ),
        ]
    }

    @extend_schema(
        operation_id="getUsage",
        summary="What was used this UTC month, in another, or on some days",
        responses=UsageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Days are of UTC. A look costs by the days and keys it is at, never by what was done."""
        organisation = self.caller.organisation
        period = read_period(request.query_params, now=organisation.moment(now()))
        by = _groups(request.query_params.get("by"))
        return Response(
            UsageSerializer(
                {
                    "livemode": self.caller.livemode,
                    "period_start": period.start,
                    "period_end": period.end,
                    "mau_cap": self.caller.tier.mau_to,
                    "jobs": jobs.counts(
                        organisation,
                        livemode=self.caller.livemode,
                        start=period.start,
                        end=period.end,
                    ),
                    "by": by,
                    "data": self._rows(period, by) if by else [],
                    **self._totals(period),
                }
            ).data
        )

    def _totals(self, period: Period) -> dict[str, Any]:
        totals = {row.meter: row for row in self._used(period, ["meter"])}
        users = totals.pop(MeterName.MAU, None)
        return {
            "mau": int(users.quantity - users.late_quantity) if users else 0,
            "meters": {meter: plain(row.quantity) for meter, row in totals.items()},
        }

    def _rows(self, period: Period, by: Sequence[GroupBy]) -> list[dict[str, Any]]:
        rows = self._used(period, by)
        if len(rows) > MOST_ROWS:
            said = f"{len(rows):,} rows are over {MOST_ROWS:,}: ask for fewer days or groups."
            raise Invalid.field("/by", "too-many-rows", said)
        return [_render(row) for row in rows]

    def _used(self, period: Period, by: Sequence[GroupBy]) -> list[Used]:
        return metering.usage(
            self.caller.organisation,
            livemode=self.caller.livemode,
            start_day=period.first,
            end_day=period.end.date(),
            group_by=by,
        )


def _groups(given: str | None) -> list[GroupBy]:
    asked = given.split(",") if given is not None else []
    if unknown := [name for name in asked if name not in GROUPS]:
        raise Invalid.field(
            "/by", "unknown-group", f"No group {unknown[0]!r}: choose some of {', '.join(GROUPS)}."
        )
    return [name for name in GROUPS if name in asked]


def _render(row: Used) -> dict[str, Any]:
    return {
        "day": row.day,
        "meter": row.meter,
        "key": row.key_id,
        "family": row.family,
        "quantity": plain(row.quantity),
        "late": plain(row.late_quantity),
    }

"""What sandboxes are told, and what is told of them."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rest_framework import serializers

from billing.services.sandboxes import Outcome, chosen_payment
from foundation.errors import Invalid
from foundation.validation.strict import Body, Text, Whole
from metering.queries import active_users
from tenants.models import Organisation

MOST_MONTHS: Final = 24
MOST_USERS: Final = 200_000
FARTHEST: Final = timedelta(days=36_525)
OUTCOMES: Final = [outcome.value for outcome in Outcome]


class SandboxSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    clock = serializers.DateTimeField(help_text="What its clock shows now; it goes on by itself")
    tier = serializers.CharField()
    mau = serializers.IntegerField(help_text="Active users of its clock's month")
    payment_method = serializers.ChoiceField(
        choices=OUTCOMES, allow_null=True, help_text="What becomes of its payments; null: none"
    )
    created_at = serializers.DateTimeField()


class NewSandboxSerializer(SandboxSerializer):
    secret = serializers.CharField(help_text="Of its key, a test key; shown once")


class SandboxListSerializer(serializers.Serializer[Any]):
    data = SandboxSerializer(many=True)  # type: ignore[assignment]  # the envelope's name


class CreateSandboxSerializer(Body):
    example = {"name": "Two busy months"}

    name = Text(max_length=120, default="Sandbox")


class AdvanceSerializer(Body):
    exactly_one = "Give hours, days or months."

    hours = Whole(min_value=1, max_value=MOST_MONTHS * 730, required=False)
    days = Whole(min_value=1, max_value=MOST_MONTHS * 30, required=False)
    months = Whole(
        min_value=1,
        max_value=MOST_MONTHS,
        required=False,
        help_text="To the same day and time of a later month, or to its last day",
    )


class MoveClockSerializer(Body):
    example = {"advance": {"months": 1}}

    advance = AdvanceSerializer(help_text="How far: one of these, only forwards")


class MakeUsersActiveSerializer(Body):
    example = {"count": 9_000}

    count = Whole(
        min_value=1, max_value=MOST_USERS, help_text="Users who were not active this month yet"
    )


class ChoosePaymentSerializer(Body):
    example = {"outcome": "declines"}

    outcome = serializers.ChoiceField(
        choices=OUTCOMES,
        allow_null=True,
        help_text="What becomes of its payments; null: it has no payment method",
    )


def moved(moment: datetime, advance: dict[str, int], *, now: datetime) -> datetime:
    """The moment so far on; raises Invalid for one that is a century ahead of everybody's `now`."""
    months = advance.get("months")
    to = _months_on(moment, months) if months else moment + timedelta(**advance)
    if to > now + FARTHEST:
        said = "No sandbox's clock is more than a century ahead: make a new one."
        raise Invalid.field("/advance", "out-of-range", said)
    return to


def _months_on(moment: datetime, months: int) -> datetime:
    """The same day and time in a later UTC month, or the last day that it has."""
    utc = moment.astimezone(UTC)
    year, month = divmod(utc.year * 12 + utc.month - 1 + months, 12)
    for day in range(utc.day, 0, -1):
        try:
            return utc.replace(year=year, month=month + 1, day=day)
        except ValueError:
            if day <= 28:
                raise
    raise AssertionError("every month has a first day")


def render(sandbox: Organisation, *, now: datetime) -> dict[str, Any]:
    moment = sandbox.moment(now)
    return {
        "id": sandbox.pk,
        "name": sandbox.name,
        "clock": moment,
        "tier": sandbox.tier_id,
        "mau": active_users(sandbox, livemode=sandbox.billed_mode, now=moment),
        "payment_method": chosen_payment(sandbox),
        "created_at": sandbox.created_at,
    }

"""One item of reported usage: what is refused, and what is the same event."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from metering.items import Item, MeterTerms, Reason, fingerprint, refusal

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
METERS = {
    "mau": MeterTerms(unique=True, largest=False, reported=True),
    "votes": MeterTerms(unique=False, largest=False, reported=True),
    "effects": MeterTerms(unique=False, largest=False, reported=False),
}


def item(**told: object) -> Item:
    return Item(**({"event_id": "1", "meter": "votes"} | told))  # type: ignore[arg-type]


class TestRefusal:
    @pytest.mark.parametrize(
        ("told", "reason"),
        [
            (item(), None),
            (item(quantity=Decimal(0)), None),
            (item(quantity=Decimal("0.000001")), None),
            (item(quantity=Decimal("1.0000000")), None),
            (item(quantity=Decimal("0.0000001")), Reason.QUANTITY_TOO_PRECISE),
            (item(quantity=Decimal(-1)), Reason.QUANTITY_NEGATIVE),
            (item(quantity=Decimal("NaN")), Reason.QUANTITY_NOT_A_NUMBER),
            (item(quantity=Decimal("sNaN")), Reason.QUANTITY_NOT_A_NUMBER),
            (item(quantity=Decimal("-Infinity")), Reason.QUANTITY_NOT_A_NUMBER),
            (item(quantity=Decimal("1e15")), Reason.QUANTITY_TOO_LARGE),
            (item(quantity=Decimal("1e999999")), Reason.QUANTITY_TOO_LARGE),
            (item(meter="hats"), Reason.UNKNOWN_METER),
            (item(meter="effects"), Reason.METER_NOT_REPORTED),
            (item(meter="mau"), Reason.USER_MISSING),
            (item(meter="mau", user="ana"), None),
            (item(meter="mau", user="ana", quantity=Decimal(2)), Reason.QUANTITY_NOT_ONE),
            (item(time=NOW + 300 * SECOND), None),
            (item(time=NOW + 301 * SECOND), Reason.TIME_IN_FUTURE),
            (item(time=datetime(2025, 10, 1, tzinfo=UTC)), None),
            (item(time=datetime(2025, 9, 30, 23, 59, tzinfo=UTC)), Reason.TOO_OLD),
        ],
    )
    def test_names_the_first_thing_that_is_wrong(self, told: Item, reason: Reason | None) -> None:
        assert refusal(told, METERS, NOW, since=LONG_AGO) is reason

    @pytest.mark.parametrize(
        ("time", "reason"),
        [
            (datetime(2026, 10, 1, tzinfo=UTC), None),  # before it was there, in the same month
            (datetime(2026, 10, 1, 1, tzinfo=timezone(timedelta(hours=2))), Reason.TOO_OLD),
            (datetime(2026, 9, 30, 23, 59, tzinfo=UTC), Reason.TOO_OLD),
        ],
    )
    def test_is_of_what_lies_before_its_organisation_s_first_month(
        self, time: datetime, reason: Reason | None
    ) -> None:
        came = datetime(2026, 10, 20, tzinfo=UTC)
        assert refusal(item(time=time), METERS, NOW, since=came) is reason


class TestAFingerprint:
    def test_is_the_same_for_other_spellings_of_the_same(self) -> None:
        there = NOW.astimezone(timezone(timedelta(hours=2)))
        one = fingerprint(item(quantity=Decimal("1.50"), time=NOW), "k")
        assert one == fingerprint(item(quantity=Decimal("1.5"), time=there), "k")
        assert len(one) == 16

    def test_is_another_for_anything_else(self) -> None:
        told = [
            item(),
            item(user="ana"),
            item(quantity=Decimal(2)),
            item(quantity=Decimal("NaN")),
            item(time=NOW),
            item(time=NOW + SECOND),
            item(meter="mau"),
        ]
        assert len({fingerprint(each, "k") for each in told}) == len(told)
        assert fingerprint(item(), "k") != fingerprint(item(), "other")

"""The pure rules: the thermal ladder, the life of a cue, what a payload may hold, frame budgets."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.noucamp.rules import payloads
from apps.noucamp.rules.cues import CueState, CueTimes, expiry, may_be_played_at, state
from apps.noucamp.rules.frames import FrameBudget
from apps.noucamp.rules.interactions import in_time, value_fits
from apps.noucamp.rules.thermal import PUBLISHED, Thermal, advise

NORMAL, REDUCED, MINIMAL = Thermal.NORMAL, Thermal.REDUCED, Thermal.MINIMAL


class TestThermalLadder:
    @pytest.mark.parametrize(
        ("previous", "celsius", "expected"),
        [
            (NORMAL, -20.0, NORMAL),
            (NORMAL, 64.9, NORMAL),
            (NORMAL, 65.0, REDUCED),
            (NORMAL, 69.9, REDUCED),
            (NORMAL, 70.0, MINIMAL),
            (REDUCED, 62.0, REDUCED),
            (REDUCED, 61.9, NORMAL),
            (REDUCED, 69.9, REDUCED),
            (REDUCED, 70.0, MINIMAL),
            (MINIMAL, 67.0, MINIMAL),
            (MINIMAL, 66.9, REDUCED),
            (MINIMAL, 62.0, REDUCED),
            (MINIMAL, 61.9, NORMAL),
        ],
    )
    def test_rises_at_a_threshold_and_falls_three_degrees_below(
        self, previous: Thermal, celsius: float, expected: Thermal
    ) -> None:
        assert advise(previous, celsius, PUBLISHED).step.thermal is expected

    def test_does_not_flap_around_a_threshold(self) -> None:
        thermal, seen = NORMAL, []
        for celsius in (64.8, 65.1, 64.8, 65.1, 63.0, 65.0, 62.5):
            thermal = advise(thermal, celsius, PUBLISHED).step.thermal
            seen.append(thermal)
        assert seen == [NORMAL, *[REDUCED] * 6]

    def test_says_where_it_changes_next(self) -> None:
        first, last = advise(NORMAL, 20.0, PUBLISHED), advise(NORMAL, 90.0, PUBLISHED)
        assert (first.rises_at_celsius, first.falls_below_celsius) == (65.0, None)
        assert (last.rises_at_celsius, last.falls_below_celsius) == (None, 67.0)

    def test_asks_for_less_on_each_rung(self) -> None:
        shares = [(step.inference_share, step.led_brightness) for step in PUBLISHED.steps]
        assert shares == sorted(shares, reverse=True)
        assert len(set(shares)) == len(shares)


class TestCueLife:
    def times(self, moment: datetime, **known: datetime) -> CueTimes:
        return CueTimes(
            raised_at=moment,
            expires_at=moment + timedelta(seconds=10),
            delivered_at=known.get("delivered_at"),
            acknowledged_at=known.get("acknowledged_at"),
        )

    def test_expires_at_the_very_instant(self, moment: datetime) -> None:
        times = self.times(moment)
        assert state(times, times.expires_at - timedelta(microseconds=1)) is CueState.PENDING
        assert state(times, times.expires_at) is CueState.EXPIRED

    def test_keeps_what_was_delivered(self, moment: datetime) -> None:
        later = moment + timedelta(hours=1)
        delivered = self.times(moment, delivered_at=moment)
        assert state(delivered, later) is CueState.DELIVERED
        both = self.times(moment, delivered_at=moment, acknowledged_at=moment)
        assert state(both, later) is CueState.ACKNOWLEDGED

    def test_measures_from_the_raise_and_never_below_zero(self, moment: datetime) -> None:
        times = self.times(
            moment,
            delivered_at=moment - timedelta(milliseconds=3),
            acknowledged_at=moment + timedelta(milliseconds=42),
        )
        assert (times.delivery_ms, times.latency_ms) == (0, 42)
        assert self.times(moment).latency_ms is None

    def test_lives_from_the_moment_it_is_meant_for(self, moment: datetime) -> None:
        later = moment + timedelta(minutes=2)
        assert expiry(moment, None, 1500) == moment + timedelta(milliseconds=1500)
        assert expiry(moment, later, 1500) == later + timedelta(milliseconds=1500)


def nested(levels: int) -> dict[str, Any]:
    return {"in": nested(levels - 1)} if levels > 1 else {}


class TestPayload:
    @pytest.mark.parametrize(
        "payload",
        [
            {},
            {"colour": "#a50044", "pattern": "wave", "rows": [1, 2.5, True, None]},
            {"name": "Força Barça 🔵🔴"},
            {"text": "x" * (4096 - len('{"text":""}'))},
            {"exact": 2**53 - 1},
            nested(8),
        ],
    )
    def test_travels_when_small_and_plain(self, payload: dict[str, Any]) -> None:
        assert payloads.fault(payload) is None

    @pytest.mark.parametrize(
        ("payload", "code"),
        [
            ({"text": "x" * (4097 - len('{"text":""}'))}, "too-large"),
            ({"text": "ç" * 2100}, "too-large"),
            (nested(9), "too-deep"),
            ({"text": "a\0b"}, "bad-text"),
            ({"\0": 1}, "bad-text"),
            ({"text": ["\ud800"]}, "bad-text"),
            ({"n": float("inf")}, "bad-number"),
            ({"n": float("nan")}, "bad-number"),
            ({"n": -(2**53)}, "bad-number"),
        ],
    )
    def test_is_refused_with_a_code(self, payload: dict[str, Any], code: str) -> None:
        found = payloads.fault(payload)
        assert found is not None
        assert found[0] == code


class TestFrameBudget:
    def test_admits_a_burst_and_then_the_rate(self, moment: datetime) -> None:
        budget = FrameBudget(per_s=20, burst=40)
        assert [budget.admits(moment) for _ in range(41)] == [True] * 40 + [False]
        assert not budget.admits(moment + timedelta(milliseconds=49))
        assert budget.admits(moment + timedelta(milliseconds=50))
        assert not budget.admits(moment + timedelta(milliseconds=50))

    def test_outlives_a_clock_that_is_set_back(self, moment: datetime) -> None:
        budget = FrameBudget(per_s=20, burst=40)
        assert all(budget.admits(moment) for _ in range(40))
        earlier = moment - timedelta(hours=1)
        assert [budget.admits(earlier) for _ in range(41)] == [True] * 40 + [False]

    def test_is_full_again_after_a_pause(self, moment: datetime) -> None:
        budget = FrameBudget(per_s=20, burst=40)
        for _ in range(40):
            budget.admits(moment)
        later = moment + timedelta(seconds=2)
        assert all(budget.admits(later) for _ in range(40))


class TestAMomentToPlay:
    @pytest.mark.parametrize(
        ("ahead_s", "may"), [(-0.001, False), (0, True), (600, True), (600.001, False)]
    )
    def test_lies_up_to_ten_minutes_ahead(
        self, moment: datetime, ahead_s: float, may: bool
    ) -> None:
        assert may_be_played_at(moment + timedelta(seconds=ahead_s), moment) is may

    def test_need_not_be_named(self, moment: datetime) -> None:
        assert may_be_played_at(None, moment)


class TestAnInteraction:
    @pytest.mark.parametrize(
        ("ahead", "counts"),
        [
            (timedelta(days=-31, milliseconds=-1), False),
            (timedelta(days=-31), True),
            (timedelta(minutes=5), True),
            (timedelta(minutes=5, milliseconds=1), False),
        ],
    )
    def test_is_told_within_a_month_by_a_clock_that_is_about_right(
        self, moment: datetime, ahead: timedelta, counts: bool
    ) -> None:
        assert in_time(moment + ahead, moment) is counts

    @pytest.mark.parametrize(
        ("kind", "value", "fits"),
        [("cheer", 0, True), ("cheer", None, False), ("skip", None, True), ("skip", 0, False)],
    )
    def test_has_a_value_if_it_is_a_cheer(self, kind: str, value: float | None, fits: bool) -> None:
        assert value_fits(kind, value) is fits

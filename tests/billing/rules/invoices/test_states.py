"""Which state of an invoice follows which, and what an organisation's standing is."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.rules.invoices.states import (
    FOLLOWS,
    Illegal,
    Standing,
    State,
    check,
    next_payment,
    reached,
    standing,
    wait,
)

NOW = datetime(2026, 11, 4, tzinfo=UTC)
DAY = timedelta(days=1)


class TestStates:
    def test_lead_to_an_end_from_everywhere(self) -> None:
        for state in State:
            seen, todo = set(), [state]
            while todo:
                seen.add(here := todo.pop())
                todo += FOLLOWS[here] - seen
            assert seen & {State.PAID, State.VOID}

    def test_that_do_not_follow_are_refused(self) -> None:
        check(State.CREATED, State.LINES)
        with pytest.raises(Illegal):
            check(State.LINES, State.FINALISED)
        with pytest.raises(Illegal):
            check(State.PAID, State.FAILED)

    @pytest.mark.parametrize(
        ("now", "status", "tried", "then"),
        [
            ("verified", "open", False, "finalised"),
            ("verified", "paid", True, "paid"),
            ("verified", "draft", False, "verified"),
            ("created", "paid", True, "created"),
            ("lines", "open", False, "lines"),
            ("finalised", "open", True, "failed"),
            ("finalised", "uncollectible", True, "failed"),
            ("failed", "open", False, "failed"),
            ("failed", "paid", True, "paid"),
            ("paid", "open", True, "paid"),
            ("paid", "void", False, "paid"),
            ("void", "paid", True, "void"),
            ("finalised", "void", False, "void"),
        ],
    )
    def test_follow_the_collector_forwards_alone(
        self, now: str, status: str, tried: bool, then: str
    ) -> None:
        assert reached(now, status, tried=tried) == then


def test_waits_double_to_an_hour() -> None:
    assert [wait(n).total_seconds() for n in (0, 1, 2, 3, 8, 9, 99)] == [
        15, 15, 30, 60, 1920, 3600, 3600,
    ]  # fmt: skip


def test_a_payment_is_tried_four_times_more() -> None:
    at, tried = NOW, []
    while (at := next_payment(NOW, at) or NOW) != NOW:
        tried.append((at - NOW).days)
    assert tried == [1, 4, 7, 12]


class TestStanding:
    @pytest.mark.parametrize(
        ("since", "name"),
        [
            (None, "good"),
            (NOW, "grace"),
            (NOW - 14 * DAY + timedelta(seconds=1), "grace"),
            (NOW - 14 * DAY, "restricted"),
            (NOW - 90 * DAY, "restricted"),
        ],
    )
    def test_is_that_of_the_oldest_unpaid(self, since: datetime | None, name: str) -> None:
        found = standing(since, now=NOW, grace_days=14)
        assert found.name == name
        assert found == Standing(name, since + 14 * DAY if since else None)

    def test_has_no_grace_where_the_operator_gives_none(self) -> None:
        assert standing(NOW, now=NOW, grace_days=0).name == "restricted"

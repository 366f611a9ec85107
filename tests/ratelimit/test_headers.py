"""The header fields, read back by the draft's grammar."""

import pytest

from ratelimit.headers import fields, limit_field, policy_field, retry_after_s
from ratelimit.rules import Charge, Concurrency, Outcome, Policy, Rate, Window
from ratelimit.rules.admission import State, StateKey, admit
from tests.ratelimit.clock import NOW_US
from tests.ratelimit.structured_fields import read_list

REQUESTS = Rate("requests", quantity=10, per_ms=1000, burst=20)
HALF_AN_HOUR_MS = 1_800_000
EFFECTS = Window("effects", quantity=500, per_ms=3_600_000, unit="effect")
SESSIONS = Concurrency("sessions", quantity=5, lease_ms=10_000, unit="session")


def _after(spent: list[Charge], asked: list[Charge], later_ms: int = 0) -> Outcome:
    """The outcome of `asked`, after each of `spent` was admitted `later_ms` earlier."""
    states: dict[StateKey, State] = {}
    for charge in spent:
        states |= admit(states, [charge], NOW_US)[1]
    return admit(states, asked, NOW_US + later_ms * 1000)[0]


class TestPolicyField:
    @pytest.mark.parametrize(
        ("policy", "text"),
        [
            (REQUESTS, '"requests";q=20;w=2'),
            (Rate("effects", 1, 2000, 5, "effect"), '"effects";q=5;w=10;tifo-unit="effect"'),
            (Rate("thirds", 3, 1000, 1), '"thirds";q=1;w=1'),
            (EFFECTS, '"effects";q=500;w=3600;tifo-unit="effect"'),
            (SESSIONS, '"sessions";q=5;tifo-unit="session"'),
            (Concurrency("calls", 5, 1000), '"calls";q=5;qu="concurrent-requests"'),
            (
                Window("upload", 10**6, 60_000, "content-byte"),
                '"upload";q=1000000;w=60;qu="content-bytes"',
            ),
        ],
    )
    def test_names_quota_window_and_unit(self, policy: Policy, text: str) -> None:
        assert policy_field([policy]) == text
        assert [name for name, _ in read_list(text)] == [policy.name]

    def test_lists_all_policies(self) -> None:
        listed = read_list(policy_field([REQUESTS, EFFECTS, SESSIONS]))
        assert listed == [
            ("requests", {"q": 20, "w": 2}),
            ("effects", {"q": 500, "w": 3600, "tifo-unit": "effect"}),
            ("sessions", {"q": 5, "tifo-unit": "session"}),
        ]


class TestLimitField:
    @pytest.mark.parametrize(
        ("policy", "spent", "cost", "later_ms", "text"),
        [
            (REQUESTS, 0, 1, 0, '"requests";r=19;t=2'),
            (REQUESTS, 18, 1, 0, '"requests";r=1;t=2'),
            (REQUESTS, 19, 1, 0, '"requests";r=0;t=1'),
            (EFFECTS, 0, 1, 0, '"effects";r=499;t=3600'),
            (EFFECTS, 1, 0, HALF_AN_HOUR_MS, '"effects";r=499;t=3593'),
            (EFFECTS, 400, 0, HALF_AN_HOUR_MS, '"effects";r=100;t=1800'),
            (EFFECTS, 499, 1, HALF_AN_HOUR_MS, '"effects";r=0;t=1800'),
            (SESSIONS, 0, 1, 0, '"sessions";r=4'),
        ],
    )
    def test_tells_what_remains_and_for_how_long(
        self, policy: Policy, spent: int, cost: int, later_ms: int, text: str
    ) -> None:
        before = [Charge(policy, "k", spent)] if spent else []
        outcome = _after(before, [Charge(policy, "k", cost, "a")], later_ms)
        assert limit_field(outcome) == text
        assert read_list(text)[0][1]["r"] == outcome.decisions[0].remaining

    def test_never_ends_after_retry_after(self) -> None:
        asked = [Charge(REQUESTS, "k"), Charge(EFFECTS, "k"), Charge(SESSIONS, "k", 1, "a")]
        outcome = _after([Charge(REQUESTS, "k", 20), Charge(EFFECTS, "k", 99)], asked)
        assert fields(outcome) == {
            "RateLimit-Policy": '"requests";q=20;w=2, "effects";q=500;w=3600;tifo-unit="effect", '
            '"sessions";q=5;tifo-unit="session"',
            "RateLimit": '"requests";r=0;t=1, "effects";r=401, "sessions";r=5',
            "Retry-After": "1",
        }


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("later_ms", "seconds"),
        [(0, 3600), (1, 3600), (1000, 3599), (3_599_001, 1), (3_599_999, 1)],
    )
    def test_rounds_up_to_whole_seconds(self, later_ms: int, seconds: int) -> None:
        outcome = _after([Charge(EFFECTS, "k", 500)], [Charge(EFFECTS, "k")], later_ms)
        assert retry_after_s(outcome) == seconds

    def test_is_absent_when_admitted_and_when_no_wait_helps(self) -> None:
        assert retry_after_s(_after([], [Charge(EFFECTS, "k")])) is None
        hopeless = _after(
            [Charge(REQUESTS, "k", 20)], [Charge(REQUESTS, "k"), Charge(EFFECTS, "k", 501)]
        )
        assert "Retry-After" not in fields(hopeless)
        assert read_list(fields(hopeless)["RateLimit"])[1] == ("effects", {"r": 500})

    def test_says_nothing_where_no_policy_applies(self) -> None:
        assert fields(Outcome(True, (), NOW_US)) == {}

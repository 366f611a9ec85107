"""Usage told item by item: each is counted once, and answered on its own."""

from collections.abc import Callable
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest

from apps.account.api.metering.events import UsageEventsView
from foundation import clock
from metering.models import Meter, UsageEvent
from metering.queries import active_users, totals
from tenants.limits import Cost
from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db
EVENTS = "/v1/usage/events"
NOW = clock.now()


@pytest.fixture
def owner(api: Client, tenant: Tenant) -> Api:
    return api(tenant.live_key)


@pytest.fixture
def flares(db: None) -> Meter:
    """A meter of the operator's own, which developers report."""
    return Meter.objects.create(
        name="flares", aggregation="sum", unit="flare", description="Flares lit", reported=True
    )


def event(**changed: Any) -> dict[str, Any]:
    told = {"id": "e-1", "time": clock.now().isoformat(), "user": "ana"} | changed
    return {name: value for name, value in told.items() if value is not ...}


def told(owner: Api, *events: Any) -> dict[str, Any]:
    answer = owner.post(EVENTS, {"events": list(events)})
    assert answer.status_code == 202, answer.json()
    body: dict[str, Any] = answer.json()
    return body


def users(tenant: Tenant) -> int:
    return active_users(tenant.organisation, livemode=True, now=clock.now())


class TestEachItem:
    def test_is_answered_in_its_place(self, owner: Api, tenant: Tenant) -> None:
        told(owner, event(id="e-1", time=NOW.isoformat()))
        answer = told(
            owner,
            event(id="e-2", user="ben"),
            event(id="e-1", time=NOW.isoformat()),
            event(id="e-1", user="cem", time=NOW.isoformat()),
            event(id="e-3", user=...),
            7,
        )
        results = [each["result"] for each in answer["results"]]
        assert results == ["accepted", "duplicate", "conflict", "rejected", "rejected"]
        assert [each["id"] for each in answer["results"]] == ["e-2", "e-1", "e-1", "e-3", None]
        assert (answer["accepted"], answer["duplicate"]) == (1, 1)
        assert (answer["conflict"], answer["rejected"]) == (1, 2)
        assert users(tenant) == 2

    @pytest.mark.parametrize(
        ("wrong", "reason"),
        [
            ({"id": ...}, "id-missing"),
            ({"id": ""}, "id-invalid"),
            ({"id": 5}, "id-invalid"),
            ({"id": "a\nb"}, "id-invalid"),
            ({"id": "x" * 201}, "id-invalid"),
            ({"source": 5}, "source-invalid"),
            ({"time": "yesterday"}, "time-invalid"),
            ({"time": 1_700_000_000}, "time-invalid"),
            ({"time": "2026-10-01T20:00:00"}, "time-invalid"),
            ({"time": (NOW + timedelta(days=1)).isoformat()}, "time-in-future"),
            ({"time": (NOW - timedelta(days=460)).isoformat()}, "too-old"),
            ({"time": (NOW - timedelta(days=32)).isoformat()}, "too-old"),
            ({"user": ...}, "user-missing"),
            ({"user": 7}, "user-invalid"),
            ({"user": " "}, "user-invalid"),
            ({"quantity": 2}, "not-one"),
            ({"meter": "flares", "quantity": -1}, "negative-quantity"),
            ({"meter": "flares", "quantity": "NaN"}, "not-a-number"),
            ({"meter": "flares", "quantity": "Infinity"}, "not-a-number"),
            ({"meter": "flares", "quantity": True}, "not-a-number"),
            ({"meter": "flares", "quantity": [1]}, "not-a-number"),
            ({"meter": "flares", "quantity": 10**15}, "too-large"),
            ({"meter": "flares", "quantity": "0.1234567"}, "too-precise"),
            ({"meter": "pyrotechnics"}, "unknown-meter"),
            ({"meter": "effects"}, "meter-not-reported"),
            ({"quantty": 1}, "unknown-member"),
        ],
    )
    def test_is_rejected_with_a_code_and_words(
        self, owner: Api, tenant: Tenant, flares: Meter, wrong: dict[str, Any], reason: str
    ) -> None:
        answer = told(owner, event(**wrong), event(id="e-2", user="ben"))
        assert answer["results"][0]["reason"] == reason
        assert answer["results"][0]["detail"]
        assert answer["results"][1]["result"] == "accepted"
        assert users(tenant) == 1

    def test_below_zero_is_told_what_a_quantity_is(self, owner: Api, flares: Meter) -> None:
        answer = told(owner, event(meter="flares", quantity=-1))
        assert answer["results"][0]["detail"] == "A quantity is 0 or more."

    def test_counts_again_at_no_time(self, owner: Api, tenant: Tenant, flares: Meter) -> None:
        items = [event(id=f"e-{n}", meter="flares", quantity="0.1", user=...) for n in range(10)]
        assert told(owner, *items)["accepted"] == 10
        for _ in range(2):
            assert told(owner, *items)["duplicate"] == 10
        assert self._flares(tenant) == "1.000000"

    def test_is_exact(self, owner: Api, tenant: Tenant, flares: Meter) -> None:
        body = b'{"events": [%s]}' % b", ".join(
            b'{"id": "%d", "meter": "flares", "quantity": %s}' % each
            for each in enumerate((b"0.1", b"0.2", b"1e2", b"999999999999999", b"0.000001"))
        )
        answer = owner.post_bytes(EVENTS, body, "application/json")
        assert answer.json()["accepted"] == 5
        assert self._flares(tenant) == "1000000000000099.300001"

    @pytest.mark.parametrize(
        ("number", "result"),
        [
            (b"1e9999999", "too-large"),
            (b"-1e9999999", "too-large"),
            (b"1e999999999999999999", "too-large"),
            (b"1" * 5_000, "too-large"),
            (b"1" * 5_000 + b".5", "too-large"),
            (b"1e-9999999", "too-precise"),
            (b"-1e-9999999", "too-precise"),
            (b"0." + b"1" * 5_000, "too-precise"),
            (b"1e%s" % (b"9" * 30), "not-a-number"),
            (b"1e-%s" % (b"9" * 30), "not-a-number"),
            (b'"%s"' % (b"1" * 5_000), "not-a-number"),
            (b'"1e9999999"', "not-a-number"),
            (b"-0", "accepted"),
            (b"-0.0", "accepted"),
            (b"0e9999999", "accepted"),
        ],
    )
    @pytest.mark.parametrize("envelope", ["ours", "theirs"])
    def test_with_an_odd_number_is_answered_alone(
        self, owner: Api, flares: Meter, number: bytes, result: str, envelope: str
    ) -> None:
        if envelope == "ours":
            form, kind = b'{"events": [%s]}', "application/json"
            one = b'{"id": "%s", "meter": "flares", "quantity": %s}'
        else:
            form, kind = b"[%s]", "application/cloudevents-batch+json"
            one = (
                b'{"specversion": "1.0", "source": "/x", "type": "tifo.usage.flares", "id": "%s",'
                b' "data": {"quantity": %s, "unread": 1e9999999}}'
            )
        both = b", ".join([one % (b"good", b"1"), one % (b"odd", number)])
        answer = owner.post_bytes(EVENTS, form % both, kind)
        assert answer.status_code == 202
        good, odd = answer.json()["results"]
        assert good["result"] == "accepted"
        assert result in (odd["result"], odd["reason"])

    def test_of_minus_nothing_is_one_of_nothing(self, owner: Api, flares: Meter) -> None:
        one = event(meter="flares", quantity=0, time=NOW.isoformat())
        told(owner, one)
        assert told(owner, one | {"quantity": "-0"})["duplicate"] == 1

    def test_without_a_time_happened_when_it_came(self, owner: Api, tenant: Tenant) -> None:
        for result in ("accepted", "duplicate"):
            assert told(owner, event(time=...))["results"][0]["result"] == result
        assert users(tenant) == 1

    def test_in_two_spellings_is_the_same(self, owner: Api) -> None:
        here = NOW.replace(microsecond=0).astimezone(timezone(timedelta(hours=1)))
        told(owner, event(time=here.isoformat(), quantity=1))
        there = f"{here.astimezone(UTC):%Y-%m-%dt%H:%M:%S.000z}"
        again = event(time=there, quantity="1.0", source=None)
        assert told(owner, again)["duplicate"] == 1

    def test_belongs_to_its_mode(self, api: Client, owner: Api, tenant: Tenant) -> None:
        told(owner, event())
        assert told(api(tenant.test_key), event())["accepted"] == 1
        assert users(tenant) == 1

    def test_keeps_no_name(self, owner: Api) -> None:
        told(owner, event(user="someone-in-particular"))
        assert "someone" not in repr(list(UsageEvent.objects.values()))

    def _flares(self, tenant: Tenant) -> str:
        month = clock.month(clock.now())
        days = {"start_day": month, "end_day": month + timedelta(days=31)}
        return str(totals(tenant.organisation, livemode=True, **days)["flares"])


class TestTheEnvelope:
    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            (b"{}", "/", "one-of"),
            (b'{"events": [], "end_users": ["a"]}', "/events", "out-of-range"),
            (b'{"events": [{"id": "1"}], "end_users": ["a"]}', "/", "one-of"),
            (b'{"events": []}', "/events", "out-of-range"),
            (b'{"events": {}}', "/events", "not_a_list"),
            (b'{"evnts": [1]}', "/evnts", "unknown-member"),
            (b'{"events": [%s]}' % b",".join([b"1"] * 1_001), "/events", "out-of-range"),
            (b'{"events": [{"quantity": NaN}]}', "/events/0/quantity", "not-a-number"),
            (b'{"events": [{}, {"quantity": -Infinity}]}', "/events/1/quantity", "not-a-number"),
            (b'{"events": [{"id": "1", "id": "2"}]}', "/events/0/id", "repeated-member"),
        ],
    )
    def test_that_cannot_be_read_is_a_problem(
        self, owner: Api, body: bytes, pointer: str, code: str
    ) -> None:
        refused = owner.post_bytes(EVENTS, body, "application/json")
        assert refused.status_code == 400
        assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [(pointer, code)]

    def test_of_a_thousand_is_one_request(self, owner: Api, tenant: Tenant) -> None:
        items = [event(id=str(n), user=f"fan-{n % 500}") for n in range(1_000)]
        assert told(owner, *items)["accepted"] == 1_000
        assert users(tenant) == 500
        assert UsageEventsView.operations["post"].cost == {Cost.REQUESTS: 1}

    def test_may_be_the_short_form(self, owner: Api) -> None:
        answer = owner.post(EVENTS, {"end_users": ["ana", "ben", "ana"]})
        assert (answer.status_code, answer.json()) == (202, {"accepted": 2})

    @pytest.mark.parametrize("number", [b"1e9999999", b"1" * 5_000, b"1e%s" % (b"9" * 30)])
    def test_of_the_short_form_has_names_and_no_numbers(self, owner: Api, number: bytes) -> None:
        refused = owner.post_bytes(EVENTS, b'{"end_users": [%s]}' % number, "application/json")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == "/end_users/0"

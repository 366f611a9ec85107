"""Interactions: metered once, deduplicated exactly, stored without a name."""

from datetime import timedelta
from typing import Any

import pytest

from apps.noucamp.models import Interaction
from foundation import clock
from metering.models import UsageMonth
from tests.conftest import Api, Tenant, hold_at
from tests.metering.crowds import had
from tests.noucamp.conftest import Client, Device, register

pytestmark = pytest.mark.django_db
RECORDED = {
    "accepted": 0,
    "duplicates": 0,
    "duplicate_ids": [],
    "conflicts": 0,
    "conflicting_ids": [],
}


def cheer(number: int, user: str, value: float | None = 80, **more: Any) -> dict[str, Any]:
    return {
        "id": f"i-{number}",
        "end_user": user,
        "kind": "cheer",
        "value": value,
        "at": clock.now().isoformat(),
    } | more


def skip(number: int, user: str) -> dict[str, Any]:
    return cheer(number, user, None, kind="skip", track="track-9")


class TestBatch:
    def test_is_stored_and_meters_each_fan_once(self, owner: Api, device: Api) -> None:
        batch = [cheer(1, "ana"), cheer(2, "ana"), skip(3, "bo")]
        answer = device.post("/v1/interactions", {"interactions": batch})
        assert answer.status_code == 201
        assert answer.json() == RECORDED | {"accepted": 3}
        device.post("/v1/interactions", {"interactions": [cheer(4, "bo"), cheer(5, "cleo")]})
        assert owner.get("/v1/usage").json()["mau"] == 3
        assert Interaction.objects.count() == 5

    def test_takes_each_id_once_for_ever(self, device: Api) -> None:
        first, other = cheer(1, "ana", 80), cheer(2, "ana")
        device.post("/v1/interactions", {"interactions": [first]})
        again = [first, other, other, cheer(3, "ana")]
        answer = device.post("/v1/interactions", {"interactions": again}).json()
        assert answer == RECORDED | {
            "accepted": 2,
            "duplicates": 2,
            "duplicate_ids": ["i-1", "i-2"],
        }

    @pytest.mark.parametrize(
        "otherwise",
        [
            {"value": 20},
            {"end_user": "bo"},
            {"track": "track-9"},
            {"kind": "skip", "value": None},
            {"at": (clock.now() - timedelta(days=1)).isoformat()},
        ],
    )
    def test_says_which_ids_another_interaction_has(
        self, device: Api, otherwise: dict[str, Any]
    ) -> None:
        first = cheer(1, "ana", 80)
        device.post("/v1/interactions", {"interactions": [first]})
        told = [first, first | otherwise, cheer(2, "ana")]
        answer = device.post("/v1/interactions", {"interactions": told}).json()
        assert answer == {
            "accepted": 1,
            "duplicates": 1,
            "duplicate_ids": ["i-1"],
            "conflicts": 1,
            "conflicting_ids": ["i-1"],
        }
        assert Interaction.objects.get(client_id="i-1").value == 80

    def test_keeps_no_name(self, device: Api) -> None:
        device.post("/v1/interactions", {"interactions": [cheer(1, "ana@kop.example")]})
        row = Interaction.objects.get()
        stored = " ".join(str(getattr(row, f.attname)) for f in Interaction._meta.concrete_fields)
        assert "ana" not in stored
        assert len(bytes(row.user_hash)) == 16

    def test_hides_the_same_fan_of_another_organisation(
        self, device: Api, api: Client, stranger: Tenant
    ) -> None:
        away = api(register(api(stranger.live_key)).credential)
        for each in (device, away):
            assert each.post("/v1/interactions", {"interactions": [cheer(1, "ana")]}).json()[
                "accepted"
            ]
        assert len({bytes(row.user_hash) for row in Interaction.objects.all()}) == 2

    def test_takes_five_hundred_and_no_more(self, device: Api) -> None:
        batch = [cheer(number, f"fan-{number % 50}") for number in range(501)]
        refused = device.post("/v1/interactions", {"interactions": batch})
        assert refused.status_code == 400
        assert device.post("/v1/interactions", {"interactions": []}).status_code == 400
        assert not Interaction.objects.exists()
        answer = device.post("/v1/interactions", {"interactions": batch[:500]})
        assert answer.json()["accepted"] == 500

    @pytest.mark.parametrize(
        ("wrong", "pointer"),
        [
            ({"value": None}, "/interactions/1/value"),
            ({"kind": "skip"}, "/interactions/1/value"),
            ({"value": 101}, "/interactions/1/value"),
            ({"kind": "boo"}, "/interactions/1/kind"),
            ({"id": "two words"}, "/interactions/1/id"),
            ({"end_user": "a\0"}, "/interactions/1/end_user"),
            ({"at": "2020-01-01T00:00:00Z"}, "/interactions/1/at"),
            ({"at": "2099-01-01T00:00:00Z"}, "/interactions/1/at"),
        ],
    )
    def test_is_refused_whole_and_meters_nobody(
        self, owner: Api, device: Api, wrong: dict[str, Any], pointer: str
    ) -> None:
        batch = [cheer(1, "ana"), cheer(2, "bo") | wrong]
        refused = device.post("/v1/interactions", {"interactions": batch})
        assert refused.status_code == 400
        assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
        assert not Interaction.objects.exists()
        assert owner.get("/v1/usage").json()["mau"] == 0


class TestWhere:
    def test_is_named_by_a_key_and_known_of_a_device(
        self, owner: Api, device: Api, kiosk: Device
    ) -> None:
        body = {"interactions": [cheer(1, "ana")]}
        unnamed = owner.post("/v1/interactions", body)
        assert unnamed.json()["errors"][0]["pointer"] == "/kiosk"
        named = owner.post("/v1/interactions", body | {"kiosk": kiosk.id})
        assert named.json()["accepted"] == 1
        assert Interaction.objects.get().kiosk_id == kiosk.id

    def test_is_never_another_organisations_kiosk(
        self, owner: Api, device: Api, api: Client, stranger: Tenant
    ) -> None:
        foreign = register(api(stranger.live_key))
        body = {"interactions": [cheer(1, "ana")], "kiosk": foreign.id}
        assert owner.post("/v1/interactions", body).status_code == 404
        assert device.post("/v1/interactions", body).status_code == 404
        assert not Interaction.objects.exists()

    def test_is_not_a_retired_kiosk(self, owner: Api, kiosk: Device) -> None:
        owner.post(f"/v1/kiosks/{kiosk.id}/retire")
        body = {"interactions": [cheer(1, "ana")], "kiosk": kiosk.id}
        refused = owner.post("/v1/interactions", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "kiosk-retired")


class TestBetaCap:
    def test_refuses_the_ten_thousandth_fan_while_known_fans_go_on(
        self, device: Api, tenant: Tenant
    ) -> None:
        hold_at(tenant, 9_999)
        device.post("/v1/interactions", {"interactions": [cheer(1, "known")]})
        had(tenant, 9_998, now=clock.now())
        assert device.post("/v1/interactions", {"interactions": [cheer(2, "last")]}).json()[
            "accepted"
        ]
        assert UsageMonth.objects.get().mau == 9_999

        refused = device.post("/v1/interactions", {"interactions": [cheer(3, "one too many")]})
        assert (refused.status_code, refused.json()["code"]) == (402, "mau-limit-reached")
        assert (refused.json()["limit"], refused.json()["used"]) == (9_999, 9_999)
        for number, user in ((4, "known"), (5, "last")):
            answer = device.post("/v1/interactions", {"interactions": [cheer(number, user)]})
            assert answer.json()["accepted"] == 1
        assert not Interaction.objects.filter(client_id="i-3").exists()
        assert UsageMonth.objects.get().mau == 9_999


class TestIdempotency:
    def test_replays_a_batch_without_storing_or_metering_again(
        self, owner: Api, device: Api
    ) -> None:
        body = {"interactions": [cheer(1, "ana"), skip(2, "bo")]}
        first = device.post("/v1/interactions", body, **{"Idempotency-Key": "half-time"})
        again = device.post("/v1/interactions", body, **{"Idempotency-Key": "half-time"})
        assert again.json() == first.json()
        assert again.headers["Idempotent-Replayed"] == "true"
        assert Interaction.objects.count() == 2
        assert owner.get("/v1/usage").json()["mau"] == 2


class TestSummary:
    def test_is_exact_and_says_whose_it_is(self, owner: Api, device: Api) -> None:
        old = (clock.now() - timedelta(minutes=20)).isoformat()
        batch = [cheer(1, "ana", 60), cheer(2, "bo", 90), skip(3, "bo"), cheer(4, "di", 5, at=old)]
        device.post("/v1/interactions", {"interactions": batch})
        recent = owner.get("/v1/interactions/summary?minutes=10").json()
        assert (recent["audience"], recent["exact"]) == ("own-organisation", True)
        assert (recent["cheers"], recent["mean_cheer"], recent["skips"]) == (2, 75, 1)
        assert recent["users"] == 2
        assert owner.get("/v1/interactions/summary?minutes=60").json()["users"] == 3

    def test_is_empty_for_everybody_else(
        self, device: Api, api: Client, stranger: Tenant, tenant: Tenant
    ) -> None:
        device.post("/v1/interactions", {"interactions": [cheer(1, "ana")]})
        for other in (stranger.live_key, tenant.test_key):
            empty = api(other).get("/v1/interactions/summary").json()
            assert (empty["cheers"], empty["mean_cheer"], empty["users"]) == (0, None, 0)

    @pytest.mark.parametrize("minutes", ["0", "1441", "ten", "-5", "9" * 5000])
    def test_refuses_a_window_out_of_range(self, owner: Api, minutes: str) -> None:
        assert owner.get(f"/v1/interactions/summary?minutes={minutes}").status_code == 400


class TestABatchWithoutAPlace:
    def test_meters_nobody_and_spends_nothing(self, owner: Api) -> None:
        refused = owner.post("/v1/interactions", {"interactions": [cheer(1, "ana")]})
        assert refused.json()["errors"][0]["pointer"] == "/kiosk"
        assert "RateLimit" not in refused.headers
        assert owner.get("/v1/usage").json()["mau"] == 0

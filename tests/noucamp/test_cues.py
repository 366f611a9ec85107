"""Triggers and cues over REST: who gets one, what becomes of it, and that it is never late."""

from datetime import timedelta
from typing import Any

import pytest

from apps.noucamp import delivery
from apps.noucamp.models import Cue, Trigger
from foundation import clock
from foundation.events.catalogue import Misfit
from foundation.events.models import Event
from tests.conftest import Api, Tenant
from tests.noucamp.conftest import Client, Device, register

pytestmark = pytest.mark.django_db
WAVE = {"colour": "#a50044", "pattern": "wave"}


def order(target: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "led", "target": target, "payload": WAVE} | more


def outlive(cue_id: str) -> None:
    """Let the cue's time end."""
    Cue.objects.filter(pk=cue_id).update(expires_at=clock.now() - timedelta(milliseconds=1))


class TestTarget:
    def test_meets_every_kiosk_that_is_meant_and_able(
        self, owner: Api, api: Client, stranger: Tenant, tenant: Tenant
    ) -> None:
        north, south = register(owner), register(owner, zone="south")
        deaf = register(owner, capabilities=["audio"])
        gone = register(owner)
        owner.post(f"/v1/kiosks/{gone.id}/retire")
        register(api(stranger.live_key))
        register(api(tenant.test_key))

        def met(target: dict[str, Any], kind: str = "led") -> set[str]:
            raised = owner.post("/v1/triggers", order(target, kind=kind))
            assert raised.status_code == 201
            return {cue["kiosk"] for cue in raised.json()["cues"]}

        assert met({"all": True}) == {north.id, south.id}
        assert met({"zones": ["north"]}) == {north.id}
        assert met({"zones": ["north", "south"]}) == {north.id, south.id}
        assert met({"zones": ["nowhere"]}) == set()
        assert met({"kiosks": [south.id, south.id]}) == {south.id}
        assert met({"all": True}, "audio") == {deaf.id}

    def test_that_nobody_meets_is_warned_of(
        self, owner: Api, api: Client, stranger: Tenant, tenant: Tenant
    ) -> None:
        def told(target: dict[str, Any], kind: str = "led") -> tuple[int, list[dict[str, Any]]]:
            raised = owner.post("/v1/triggers", order(target, kind=kind)).json()
            again = owner.get(f"/v1/triggers/{raised['id']}").json()
            assert (again["matched"], again["warnings"]) == (raised["matched"], [])
            return raised["matched"], raised["warnings"]

        register(api(stranger.live_key), zone="away")
        register(api(tenant.test_key), zone="rehearsal")
        matched, [nobody] = told({"all": True})
        assert (matched, nobody["code"], nobody["zones"]) == (0, "no-kiosk", [])
        assert nobody["detail"] == "No kiosk is in service."
        gone = register(owner, zone="gone")
        owner.post(f"/v1/kiosks/{gone.id}/retire")
        register(owner, zone="south")
        register(owner, zone="north")
        register(owner, zone="bar", capabilities=["audio"])

        assert told({"all": True}) == (2, [])
        assert told({"zones": ["north"]}) == (1, [])
        matched, [empty, unable] = told({"zones": ["n", "north", "bar", "gone"]})
        assert matched == 1
        assert (empty["code"], empty["missing"]) == ("no-kiosk-in-zone", ["n", "gone"])
        assert (unable["code"], unable["missing"]) == ("lacks-capability", ["bar"])
        assert empty["zones"] == unable["zones"] == ["north", "south"]
        assert "stand in north, south." in empty["detail"]

    def test_that_nobody_can_play_is_warned_of(self, owner: Api, kiosk: Device) -> None:
        raised = owner.post("/v1/triggers", order({"all": True}, kind="audio")).json()
        [warning] = raised["warnings"]
        assert (warning["code"], warning["detail"]) == (
            "no-kiosk",
            "No kiosk in service plays audio.",
        )

    def test_is_told_as_it_was_asked(self, owner: Api, kiosk: Device) -> None:
        raised = owner.post("/v1/triggers", order({"zones": ["north"]}, ttl_ms=1500)).json()
        assert raised["target"] == {"kiosks": None, "zones": ["north"], "all": False}
        assert (raised["kind"], raised["payload"], raised["ttl_ms"]) == ("led", WAVE, 1500)
        assert raised["counts"] == {"pending": 1, "delivered": 0, "acknowledged": 0, "expired": 0}
        assert owner.get(f"/v1/triggers/{raised['id']}").json() == raised

    def test_is_never_a_foreign_kiosk(
        self, owner: Api, kiosk: Device, api: Client, stranger: Tenant
    ) -> None:
        foreign = register(api(stranger.live_key))
        refused = owner.post("/v1/triggers", order({"kiosks": [kiosk.id, foreign.id]}))
        assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
        assert not Trigger.objects.exists()

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"target": {}}, "/target"),
            ({"target": {"all": True, "zones": ["north"]}}, "/target"),
            ({"target": {"kiosks": []}}, "/target/kiosks"),
            ({"target": {"zones": []}}, "/target/zones"),
            ({"target": {"all": False}}, "/target"),
            ({"kind": "smoke"}, "/kind"),
            ({"ttl_ms": 99}, "/ttl_ms"),
            ({"ttl_ms": 60_001}, "/ttl_ms"),
            ({"payload": {"text": "a\0"}}, "/payload"),
            ({"payload": {"text": "x" * 4096}}, "/payload"),
            ({"payload": [1]}, "/payload"),
            ({"at": "2020-01-01T00:00:00Z"}, "/at"),
            ({"at": "2099-01-01T00:00:00Z"}, "/at"),
        ],
    )
    def test_points_at_the_wrong_field(
        self, owner: Api, change: dict[str, Any], pointer: str
    ) -> None:
        refused = owner.post("/v1/triggers", order({"all": True}) | change)
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == pointer

    def test_says_which_named_kiosk_cannot(self, owner: Api) -> None:
        able, deaf = register(owner), register(owner, capabilities=["audio"])
        refused = owner.post("/v1/triggers", order({"kiosks": [able.id, deaf.id]})).json()
        error = refused["errors"][0]
        assert (error["pointer"], error["code"]) == ("/target/kiosks/1", "lacks-capability")


class TestCue:
    @pytest.fixture
    def cue(self, owner: Api, kiosk: Device) -> dict[str, Any]:
        raised: dict[str, Any] = owner.post("/v1/triggers", order({"all": True})).json()
        [found] = raised["cues"]
        assert isinstance(found, dict)
        return found

    def read(self, owner: Api, cue: dict[str, Any]) -> dict[str, Any]:
        [found] = owner.get(f"/v1/triggers/{cue['trigger']}").json()["cues"]
        assert isinstance(found, dict)
        return found

    def test_goes_from_pending_to_delivered_to_acknowledged(
        self, owner: Api, device: Api, cue: dict[str, Any]
    ) -> None:
        assert (cue["state"], cue["delivery_ms"], cue["latency_ms"]) == ("pending", None, None)
        [received] = device.post("/v1/cues/receive").json()["cues"]
        assert (received["id"], received["kind"], received["payload"]) == (cue["id"], "led", WAVE)
        delivered = self.read(owner, cue)
        assert delivered["state"] == "delivered"
        assert 0 <= delivered["delivery_ms"] < 10_000
        played_at = "2026-11-21T20:00:00Z"
        answer = device.post(f"/v1/cues/{cue['id']}/acknowledge", {"at": played_at})
        done = self.read(owner, cue)
        assert answer.json() == done
        assert (done["state"], done["played_at"]) == ("acknowledged", played_at)
        assert done["latency_ms"] >= done["delivery_ms"]
        assert device.post("/v1/cues/receive").json() == {"cues": []}

    def test_is_acknowledged_once(self, device: Api, cue: dict[str, Any]) -> None:
        path = f"/v1/cues/{cue['id']}/acknowledge"
        first, again = device.post(path), device.post(path, {"at": "2026-11-21T20:00:00Z"})
        assert first.status_code == again.status_code == 200
        assert again.json() == first.json()

    def test_is_never_delivered_late(self, owner: Api, device: Api, cue: dict[str, Any]) -> None:
        outlive(cue["id"])
        assert device.post("/v1/cues/receive").json() == {"cues": []}
        refused = device.post(f"/v1/cues/{cue['id']}/acknowledge")
        assert (refused.status_code, refused.json()["code"]) == (409, "cue-expired")
        assert self.read(owner, cue)["state"] == "expired"

    def test_may_be_acknowledged_after_its_end_once_delivered(
        self, device: Api, cue: dict[str, Any]
    ) -> None:
        device.post("/v1/cues/receive")
        outlive(cue["id"])
        answer = device.post(f"/v1/cues/{cue['id']}/acknowledge").json()
        assert answer["state"] == "acknowledged"

    def test_belongs_to_its_kiosk_alone(self, owner: Api, api: Client, cue: dict[str, Any]) -> None:
        neighbour = api(register(owner).credential)
        assert neighbour.post("/v1/cues/receive").json() == {"cues": []}
        assert neighbour.post(f"/v1/cues/{cue['id']}/acknowledge").status_code == 404
        refused = owner.post(f"/v1/cues/{cue['id']}/acknowledge").json()
        assert refused["code"] == "scope-missing"

    def test_is_listed_for_its_organisation_alone(
        self, owner: Api, api: Client, stranger: Tenant, cue: dict[str, Any]
    ) -> None:
        assert owner.get("/v1/cues").json()["data"] == [cue]
        assert owner.get(f"/v1/cues?kiosk={cue['kiosk']}").json()["data"] == [cue]
        assert owner.get(f"/v1/cues?kiosk=kio_{'0' * 22}").json()["data"] == []
        away = api(stranger.live_key)
        assert away.get("/v1/cues").json()["data"] == []
        assert away.get(f"/v1/triggers/{cue['trigger']}").status_code == 404

    def test_is_raised_once_for_an_idempotency_key(self, owner: Api, kiosk: Device) -> None:
        first, again = (
            owner.post("/v1/triggers", order({"all": True}), **{"Idempotency-Key": "goal"})
            for _ in range(2)
        )
        assert again.json() == first.json()
        assert Cue.objects.count() == Trigger.objects.count() == 1

    def test_lives_from_the_moment_it_is_meant_for(self, owner: Api, kiosk: Device) -> None:
        later = clock.now() + timedelta(minutes=1)
        asked = order({"all": True}, at=later.isoformat(), ttl_ms=1000)
        trigger_id = owner.post("/v1/triggers", asked).json()["id"]
        trigger = Trigger.objects.get(pk=trigger_id)
        assert trigger.play_at == later
        assert trigger.expires_at == later + timedelta(seconds=1)


class TestWhatIsTold:
    def test_of_a_trigger_is_one_row_however_many_kiosks_it_reaches(
        self, owner: Api, tenant: Tenant
    ) -> None:
        register(owner), register(owner, zone="south")
        raised = owner.post("/v1/triggers", order({"all": True})).json()
        [row] = Event.objects.filter(organisation_id=tenant.organisation.pk)
        assert (row.type, row.data["id"], row.data["cues"]) == ("trigger.raised", raised["id"], 2)
        assert row.data["payload"] == WAVE

    def test_of_an_acknowledgement_is_checked_where_it_is_told(self, owner: Api) -> None:
        register(owner)
        owner.post("/v1/triggers", order({"all": True}))
        [cue] = Cue.objects.select_related("kiosk", "trigger")
        cue.kiosk.name = 7
        with pytest.raises(Misfit, match="kiosk_name"):
            delivery.acknowledged([cue], now=clock.now())

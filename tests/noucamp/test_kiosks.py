"""Kiosks: registration, telemetry with its advice, retirement, isolation."""

from datetime import timedelta

import pytest

from apps.noucamp.models import Kiosk, TelemetryReading
from apps.noucamp.rules.thermal import PUBLISHED, DevicePolicy
from apps.noucamp.services import telemetry
from apps.noucamp.services.kiosks import NamedKiosk
from foundation import clock
from foundation.zones import LONGEST_ZONE
from tenants.models import ApiKey
from tests.conftest import Api, Tenant
from tests.noucamp.conftest import Client, Device, register

pytestmark = pytest.mark.django_db


class TestRegistration:
    def test_shows_the_credential_once(self, owner: Api, api: Client) -> None:
        asked = {"name": "Gate 7", "zone": "north-stand", "capabilities": ["led", "audio", "led"]}
        born = owner.post("/v1/kiosks", asked).json()
        assert born["capabilities"] == ["audio", "led"]
        assert born["credential"].startswith("tifo_live_")
        read = owner.get(f"/v1/kiosks/{born['id']}").json()
        assert "credential" not in read
        assert read["telemetry"] is None
        assert read["last_seen_at"] is None
        assert read["connected"] is False
        assert api(born["credential"]).post("/v1/telemetry", {"soc_celsius": 40}).status_code == 201

    def test_gives_the_device_no_more_than_a_device_needs(self, device: Api) -> None:
        for path in ("/v1/kiosks", "/v1/usage", "/v1/keys", "/v1/cues"):
            assert device.get(path).json()["code"] == "scope-missing"
        assert device.post("/v1/tickets", {"scopes": ["devices:connect"]}).status_code == 403

    def test_is_done_once_for_an_idempotency_key(self, owner: Api) -> None:
        asked = {"name": "Gate 7", "zone": "north", "capabilities": []}
        first = owner.post("/v1/kiosks", asked, **{"Idempotency-Key": "gate-7"})
        again = owner.post("/v1/kiosks", asked, **{"Idempotency-Key": "gate-7"})
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.json()["id"] == first.json()["id"]
        assert first.json()["credential"] not in again.content.decode()
        assert Kiosk.objects.count() == 1
        assert ApiKey.objects.exclude(kiosk_id="").count() == 1

    @pytest.mark.parametrize(
        ("fields", "pointer"),
        [
            ({"zone": "north stand"}, "/zone"),
            ({"capabilities": ["smoke"]}, "/capabilities/0"),
            ({"name": ""}, "/name"),
        ],
    )
    def test_points_at_the_wrong_field(
        self, owner: Api, fields: dict[str, object], pointer: str
    ) -> None:
        asked = {"name": "Gate 7", "zone": "north", "capabilities": []} | fields
        refused = owner.post("/v1/kiosks", asked)
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == pointer

    @pytest.mark.parametrize("zone", ["North_A", "-", "z" * LONGEST_ZONE, "no.dot", "z" * 65])
    def test_stands_where_a_session_may_listen_and_a_trigger_may_aim(
        self, owner: Api, zone: str
    ) -> None:
        soon = (clock.now() + timedelta(hours=1)).isoformat()
        told = [
            owner.post("/v1/kiosks", {"name": "Gate 7", "zone": zone, "capabilities": []}),
            owner.post("/v1/sessions", {"name": "Derby", "ends_at": soon, "zones": [zone]}),
            owner.post("/v1/triggers", {"kind": "led", "target": {"zones": [zone]}, "payload": {}}),
        ]
        taken = not ("." in zone or len(zone) > LONGEST_ZONE)
        assert [answer.status_code < 300 for answer in told] == [taken] * 3

    def test_keeps_test_and_live_kiosks_apart(
        self, owner: Api, api: Client, tenant: Tenant
    ) -> None:
        rehearsal = register(api(tenant.test_key))
        assert rehearsal.credential.startswith("tifo_test_")
        assert owner.get(f"/v1/kiosks/{rehearsal.id}").status_code == 404
        assert owner.get("/v1/kiosks").json()["data"] == []


class TestForeignKiosk:
    def test_is_the_same_404_as_an_absent_one(
        self, api: Client, stranger: Tenant, kiosk: Device
    ) -> None:
        away = api(stranger.live_key)
        absent = "kio_" + "0" * 22
        for path in ("/v1/kiosks/{}", "/v1/kiosks/{}/telemetry"):
            assert away.get(path.format(kiosk.id)).status_code == 404
        foreign = away.post(f"/v1/kiosks/{kiosk.id}/retire")
        missing = away.post(f"/v1/kiosks/{absent}/retire")
        assert foreign.status_code == missing.status_code == 404
        assert foreign.json()["detail"].replace(kiosk.id, absent) == missing.json()["detail"]
        assert Kiosk.objects.get(pk=kiosk.id).retired_at is None


class TestRetirement:
    def test_ends_the_credential_at_once(self, owner: Api, device: Api, kiosk: Device) -> None:
        assert device.post("/v1/telemetry", {"soc_celsius": 40}).status_code == 201
        retired = owner.post(f"/v1/kiosks/{kiosk.id}/retire").json()
        assert retired["retired_at"] is not None
        refused = device.post("/v1/telemetry", {"soc_celsius": 40})
        assert (refused.status_code, refused.json()["code"]) == (401, "revoked-key")
        assert owner.post(f"/v1/kiosks/{kiosk.id}/retire").json() == retired


class TestTelemetry:
    def test_is_kept_as_the_newest_and_in_the_history(
        self, owner: Api, device: Api, kiosk: Device
    ) -> None:
        device.post("/v1/telemetry", {"soc_celsius": 41.5})
        full = {"soc_celsius": 66, "power_watts": 9.5, "npu_load": 0.8, "uptime_s": 7}
        answer = device.post("/v1/telemetry", full | {"dropped_cues": 2}).json()
        seen = owner.get(f"/v1/kiosks/{kiosk.id}").json()
        assert seen["telemetry"] == answer["reading"]
        assert full.items() <= seen["telemetry"].items()
        assert seen["thermal"] == "reduced"
        assert seen["last_seen_at"] == seen["telemetry"]["received_at"]
        history = owner.get(f"/v1/kiosks/{kiosk.id}/telemetry").json()["data"]
        assert [reading["soc_celsius"] for reading in history] == [66, 41.5]

    def test_is_answered_with_advice_that_remembers(self, device: Api) -> None:
        answers = [
            device.post("/v1/telemetry", {"soc_celsius": celsius}).json()["advice"]
            for celsius in (60, 71, 68, 66, 63, 61)
        ]
        assert [advice["thermal"] for advice in answers] == [
            "normal", "minimal", "minimal", "reduced", "reduced", "normal",
        ]  # fmt: skip
        assert answers[1] == {
            "thermal": "minimal",
            "inference_share": 0.0,
            "led_brightness": 0.2,
            "rises_at_celsius": None,
            "falls_below_celsius": 67.0,
        }

    def test_keeps_only_the_newest_readings(self, tenant: Tenant, kiosk: Device) -> None:
        policy = DevicePolicy(PUBLISHED.steps, hysteresis_celsius=3, readings_kept=3)
        named = NamedKiosk(tenant.organisation.pk, True, kiosk.id)
        for celsius in range(40, 47):
            report = telemetry.Report(celsius, None, None, None, None)
            telemetry.record(telemetry.Reported(named, report, clock.now()), policy=policy)
        kept = TelemetryReading.objects.order_by("number").values_list("number", "soc_celsius")
        assert list(kept) == [(5, 44), (6, 45), (7, 46)]

    def test_needs_a_device(self, api: Client, owner: Api) -> None:
        assert owner.post("/v1/telemetry", {"soc_celsius": 40}).json()["code"] == "scope-missing"

    @pytest.mark.parametrize(
        "body", [{}, {"soc_celsius": "hot"}, {"soc_celsius": 40, "npu_load": 1.1}, []]
    )
    def test_refuses_what_no_device_measures(self, device: Api, body: object) -> None:
        assert device.post("/v1/telemetry", body).status_code == 400

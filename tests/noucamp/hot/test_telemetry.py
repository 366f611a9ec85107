"""Telemetry at the hot door: numbered without a gap, and answered with advice."""

import asyncio
import json
from typing import Any

import pytest

from apps.noucamp.api.devices import BIGGEST
from apps.noucamp.models import Kiosk, TelemetryReading
from tests.conftest import Tenant
from tests.doors import Doors
from tests.noucamp.conftest import Device
from tests.noucamp.hot.answers import remaining, same

pytestmark = pytest.mark.django_db(transaction=True)


class TestTelemetry:
    PATH = "/v1/telemetry"

    async def test_is_kept_and_answered_with_advice(self, doors: Doors, kiosk: Device) -> None:
        full = {
            "soc_celsius": 66,
            "power_watts": 9.5,
            "npu_load": 1,
            "uptime_s": 86_400,
            "dropped_cues": 0,
        }
        answer = await doors.hot.post(self.PATH, full)
        twin = await doors.twin.post(self.PATH, full)
        assert (answer.status, doors.handed_on) == (201, 0)
        assert answer.json()["advice"] == twin.json()["advice"]
        first, second = (each.json()["reading"] for each in (answer, twin))
        assert (first["number"], second["number"]) == (1, 2)
        for reading in (first, second):
            assert full.items() <= reading.items()
            assert set(reading) == set(first)
        row = await Kiosk.objects.select_related("latest").aget(pk=kiosk.id)
        assert row.latest is not None
        assert (row.thermal, row.latest.pk) == ("reduced", second["id"])

    async def test_of_one_moment_is_numbered_without_a_gap(self, ample: None, doors: Doors) -> None:
        calls = [doors.hot.post(self.PATH, {"soc_celsius": 40 + n}) for n in range(20)]
        answers = await asyncio.gather(*calls)
        assert {answer.status for answer in answers} == {201}
        assert sorted(answer.json()["reading"]["number"] for answer in answers) == [*range(1, 21)]
        assert await TelemetryReading.objects.acount() == 20

    @pytest.mark.parametrize(
        "body",
        [
            {},
            [],
            {"soc_celsius": "hot"},
            {"soc_celsius": None},
            {"soc_celsius": 201},
            {"soc_celsius": 40, "npu_load": 1.1},
            {"soc_celsius": 40, "power_watts": -1},
            {"soc_celsius": 40, "uptime_s": 1.5},
            {"soc_celsius": 40, "dropped_cues": BIGGEST + 1},
        ],
        ids=lambda each: json.dumps(each)[:40],
    )
    async def test_that_is_malformed_is_refused_alike_and_costs_nothing(
        self, scarce: None, doors: Doors, body: Any
    ) -> None:
        before = await doors.hot.post(self.PATH, {"soc_celsius": 40})
        assert (await same(doors, self.PATH, body)).status == 400
        after = await doors.hot.post(self.PATH, {"soc_celsius": 40})
        assert remaining(before) - remaining(after) == 1

    async def test_needs_a_device(self, doors: Doors, tenant: Tenant) -> None:
        body = {"soc_celsius": 40}
        refused = await doors.hot.using(tenant.live_key).post(self.PATH, body)
        assert refused.said == (await doors.twin.using(tenant.live_key).post(self.PATH, body)).said
        assert refused.json()["code"] == "scope-missing"

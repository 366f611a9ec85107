"""Acknowledgements at the hot door: committed together, answered each for itself."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async

from apps.noucamp.models import Cue
from foundation import clock
from tests.conftest import Api, Tenant
from tests.doors import Doors
from tests.noucamp.conftest import Device, register

pytestmark = pytest.mark.django_db(transaction=True)


class TestAcknowledgements:
    @pytest.fixture
    def cue(self, owner: Api, kiosk: Device) -> str:
        return raise_cue(owner, kiosk)

    async def test_are_committed_and_answered_as_by_rest(
        self, doors: Doors, cue: str, kiosk: Device
    ) -> None:
        path = f"/v1/cues/{cue}/acknowledge"
        answer = await doors.hot.post(path, {"at": "2026-11-21T21:14:03.120+01:00"})
        assert (answer.status, doors.handed_on) == (200, 0)
        row = await Cue.objects.select_related("kiosk").aget(pk=cue)
        assert row.acknowledged_at is not None
        assert answer.json()["played_at"] == "2026-11-21T20:14:03.120000Z"
        assert row.kiosk.last_seen_at == row.acknowledged_at
        again = await doors.twin.post(path, {"at": None})
        assert again.said == answer.said

    async def test_of_one_moment_are_answered_each_for_itself(
        self, ample: None, doors: Doors, owner: Api, kiosk: Device
    ) -> None:
        other = await sync_to_async(register)(owner)
        mine = [await sync_to_async(raise_cue)(owner, kiosk) for _ in range(5)]
        foreign = await sync_to_async(raise_cue)(owner, other)
        late = await sync_to_async(raise_cue)(owner, kiosk)
        await Cue.objects.filter(pk=late).aupdate(expires_at=clock.now() - timedelta(seconds=1))
        asked = [*mine, foreign, late, "cue_unknown", "cue%20unknown"]
        answers = await asyncio.gather(
            *(doors.hot.post(f"/v1/cues/{cue}/acknowledge", {}) for cue in asked)
        )
        assert [answer.status for answer in answers] == [200] * 5 + [404, 409, 404, 404]
        for cue, answer in zip(asked, answers, strict=True):
            assert answer.said == (await doors.twin.post(f"/v1/cues/{cue}/acknowledge", {})).said
        assert doors.handed_on == 0

    async def test_need_a_device(self, doors: Doors, cue: str, tenant: Tenant) -> None:
        refused = await doors.hot.using(tenant.live_key).post(f"/v1/cues/{cue}/acknowledge", {})
        assert refused.json()["code"] == "scope-missing"

    @pytest.mark.parametrize("body", [b"", b"[]", b'{"at": "then"}', b'{"at": 5}', b'{"at": ""}'])
    async def test_that_are_malformed_are_refused_alike(
        self, doors: Doors, cue: str, body: bytes
    ) -> None:
        answer = await doors.hot.post(f"/v1/cues/{cue}/acknowledge", body)
        assert answer.said == (await doors.twin.post(f"/v1/cues/{cue}/acknowledge", body)).said


def raise_cue(owner: Api, kiosk: Device) -> str:
    asked = {"kind": "led", "target": {"kiosks": [kiosk.id]}}
    raised = owner.post("/v1/triggers", asked).json()
    return str(raised["cues"][0]["id"])

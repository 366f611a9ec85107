"""Interactions at the hot door: stored and metered once, refused as by REST."""

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from apps.noucamp.models import Interaction
from foundation import clock
from metering.queries import active_users
from tests.conftest import Api, Tenant
from tests.doors import Doors
from tests.noucamp.conftest import Device, register
from tests.noucamp.hot.answers import remaining, same

pytestmark = pytest.mark.django_db(transaction=True)


def skip(client_id: str, user: str = "ana", **more: Any) -> dict[str, Any]:
    told = {"id": client_id, "end_user": user, "kind": "skip", "at": clock.now().isoformat()}
    return told | more


def cheer(client_id: str, value: float = 80.5, **more: Any) -> dict[str, Any]:
    return skip(client_id, kind="cheer", value=value, track="anthem 2", **more)


class TestInteractions:
    PATH = "/v1/interactions"

    async def test_are_stored_and_metered_once_at_whatever_door(
        self, doors: Doors, tenant: Tenant, kiosk: Device
    ) -> None:
        one = cheer("1")
        first = await doors.hot.post(self.PATH, {"interactions": [one, skip("2", "bo")]})
        assert (first.status, doors.handed_on) == (201, 0)
        assert first.json() == {
            "accepted": 2,
            "duplicates": 0,
            "duplicate_ids": [],
            "conflicts": 0,
            "conflicting_ids": [],
        }
        again = {"interactions": [skip("3", "bo"), one, skip("4", "cleo"), skip("2", "cleo")]}
        answers = [(await door.post(self.PATH, again)).json() for door in (doors.twin, doors.hot)]
        assert [answer["duplicate_ids"] for answer in answers] == [["1"], ["3", "1", "4"]]
        assert [answer["conflicting_ids"] for answer in answers] == [["2"], ["2"]]
        rows = [row async for row in Interaction.objects.order_by("client_id")]
        assert [(row.client_id, row.kind, row.value, row.track) for row in rows] == [
            ("1", "cheer", 80.5, "anthem 2"),
            ("2", "skip", None, None),
            ("3", "skip", None, None),
            ("4", "skip", None, None),
        ]
        assert {row.kiosk_id for row in rows} == {kiosk.id}
        count = sync_to_async(active_users)
        assert await count(tenant.organisation, livemode=True, now=clock.now()) == 3

    async def test_of_one_moment_are_answered_each_for_itself(
        self, ample: None, doors: Doors, owner: Api, tenant: Tenant
    ) -> None:
        other, gone = [await sync_to_async(register)(owner) for _ in range(2)]
        await sync_to_async(owner.post)(f"/v1/kiosks/{gone.id}/retire")
        key = doors.hot.using(tenant.live_key)
        calls = [
            door.post(self.PATH, {"kiosk": kiosk_id, "interactions": [skip(f"{number}")]})
            for number in range(8)
            for door, kiosk_id in ((key, other.id), (key, gone.id), (key, "kio_unknown"))
        ]
        answers = await asyncio.gather(*calls)
        assert [answer.status for answer in answers] == [201, 409, 404] * 8
        assert doors.handed_on == 0
        assert await Interaction.objects.acount() == 8

    async def test_are_refused_in_the_words_of_rest(
        self, doors: Doors, owner: Api, tenant: Tenant
    ) -> None:
        foreign = await sync_to_async(register)(owner)
        body = {"interactions": [skip("1")]}
        assert (await same(doors, self.PATH, body | {"kiosk": foreign.id})).status == 404
        doors.hot, doors.twin = (door.using(tenant.live_key) for door in (doors.hot, doors.twin))
        assert (await same(doors, self.PATH, body)).json()["errors"][0]["pointer"] == "/kiosk"
        await sync_to_async(owner.post)(f"/v1/kiosks/{foreign.id}/retire")
        assert (await same(doors, self.PATH, body | {"kiosk": foreign.id})).status == 409
        assert doors.handed_on == 0
        assert not await Interaction.objects.aexists()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"id": "two words"},
            {"id": ""},
            {"end_user": "a\0"},
            {"end_user": ""},
            {"kind": "boo"},
            {"kind": ["skip"]},
            {"value": 3},
            {"vale": None},
            {"kind": "cheer"},
            {"kind": "cheer", "value": True},
            {"kind": "cheer", "value": "5"},
            {"end_user": 7},
            {"track": 7},
            {"kind": "cheer", "value": 100.5},
            {"kind": "cheer", "value": "loud"},
            {"track": ""},
            {"track": "a" * 201},
            {"at": "yesterday"},
            {"at": None},
            {"at": "2020-01-01T00:00:00Z"},
            {"at": "2026-11-21T21:14:03"},
            {"at": "0001-01-01T00:00:00+23:59"},
        ],
        ids=lambda each: json.dumps(each)[:40],
    )
    async def test_that_are_malformed_are_refused_alike_and_cost_nothing(
        self, scarce: None, doors: Doors, wrong: dict[str, Any]
    ) -> None:
        before = await doors.hot.post(self.PATH, {"interactions": [skip("0")]})
        refused = await same(doors, self.PATH, {"interactions": [skip("1"), skip("2") | wrong]})
        assert refused.status == 400
        assert refused.json()["errors"][0]["pointer"].startswith("/interactions/1/")
        after = await doors.hot.post(self.PATH, {"interactions": [skip("1")]})
        assert remaining(before) - remaining(after) == 1
        assert await Interaction.objects.acount() == 2

    @pytest.mark.parametrize(
        "body",
        [[], {}, {"interactions": []}, {"interactions": {}}, {"interactions": [None]}],
        ids=lambda each: json.dumps(each)[:40],
    )
    async def test_must_be_a_list_of_objects(self, doors: Doors, body: Any) -> None:
        assert (await same(doors, self.PATH, body)).status == 400

    async def test_are_five_hundred_at_most(self, doors: Doors) -> None:
        batch = [skip(f"{number}", f"fan-{number}") for number in range(501)]
        assert (await same(doors, self.PATH, {"interactions": batch})).status == 400
        answer = await doors.hot.post(self.PATH, {"interactions": batch[1:]})
        assert answer.json()["accepted"] == 500

"""What kiosks tell at the hot door: stored as by REST, refused as by REST, committed together."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.serializers import Serializer

from apps.noucamp.api.cues import AcknowledgeCueSerializer
from apps.noucamp.api.devices import BIGGEST, ReportTelemetrySerializer
from apps.noucamp.api.interactions import RecordInteractionsSerializer
from apps.noucamp.hot import AcknowledgeCue, RecordInteractions, ReportTelemetry
from apps.noucamp.models import Cue, Interaction, Kiosk, TelemetryReading
from foundation import clock
from foundation.errors import Invalid
from gateway.doors.hot import Call, Unusual
from gateway.stores import async_store
from metering.queries import active_users
from tenants.limits import Algorithm
from tenants.models import ContractLimit
from tests.conftest import NOBODY, Api, Tenant, slow_rate
from tests.doors import Answer, Doors
from tests.noucamp.conftest import Device, register

database = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def doors(kiosk: Device) -> AsyncIterator[Doors]:
    """Under the kiosk's credential."""
    yield Doors(kiosk.credential)
    await async_store().aclose()
    await sync_to_async(connections.close_all)()


def skip(client_id: str, user: str = "ana", **more: Any) -> dict[str, Any]:
    told = {"id": client_id, "end_user": user, "kind": "skip", "at": clock.now().isoformat()}
    return told | more


def cheer(client_id: str, value: float = 80.5, **more: Any) -> dict[str, Any]:
    return skip(client_id, kind="cheer", value=value, track="anthem 2", **more)


@pytest.fixture
def ample(tenant: Tenant) -> None:
    """A contract for more requests at once than any test makes."""
    ContractLimit.objects.create(
        organisation=tenant.organisation,
        name="requests",
        algorithm=Algorithm.RATE,
        unit="request",
        quantity=1_000,
        per_ms=1_000,
        burst=1_000,
    )


@pytest.fixture
def scarce(tenant: Tenant) -> None:
    """A contract under which a request is missed for ten minutes."""
    slow_rate(tenant, "requests", burst=10)


def remaining(answer: Answer) -> int:
    found = re.search(r'"requests";r=(\d+);', answer.headers["ratelimit"])
    assert found
    return int(found[1])


async def same(doors: Doors, path: str, body: Any) -> Answer:
    """The answer that both doors give."""
    answer = await doors.hot.post(path, body)
    assert answer.said == (await doors.twin.post(path, body)).said
    return answer


@database
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


@database
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


@database
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


NUMBERS = st.one_of(
    st.floats(allow_nan=False),
    st.floats(0, 1),
    st.integers(-100, 250),
    st.integers(BIGGEST - 1, BIGGEST + 1),
    st.none(),
    st.booleans(),
    st.text("0123456789.e ", max_size=4),
)
MOMENTS = st.one_of(
    st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.timedeltas(timedelta(-32), timedelta(minutes=6)).map(
        lambda ago: (clock.now() + ago).isoformat()
    ),
    st.text("0123456789-:TZ+W", max_size=25),
    st.none(),
    st.integers(),
)
TEXTS = st.one_of(st.text(max_size=3), st.text(" \u00a0a\0", max_size=3), st.none(), st.integers())


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def agree(
    read: Callable[[Call], Any], serializer: Callable[..., Serializer[Any]], told: Any
) -> tuple[Any, dict[str, Any]] | None:
    """What the hot door reads and what the serializer does; None where the door leaves it to it."""
    call = Call(json.dumps(told).encode(), "", "", clock.now(), NOBODY)
    try:
        asked = read(call)
    except (Unusual, Invalid):  # an ordinary key must name the kiosk
        return None
    twin = serializer(data=json.loads(call.body), context={"now": call.now})
    assert twin.is_valid(), twin.errors
    return asked, dict(twin.validated_data)


class TestReading:
    """Whatever the hot door accepts the serializer accepts, and understands alike."""

    @given(
        some(
            soc_celsius=NUMBERS,
            power_watts=NUMBERS,
            npu_load=NUMBERS,
            uptime_s=NUMBERS,
            dropped_cues=NUMBERS,
        )
    )
    def test_of_telemetry(self, told: dict[str, Any]) -> None:
        read = agree(ReportTelemetry().read, ReportTelemetrySerializer, told)
        assert read is None or vars(read[0]) == read[1]

    @given(some(at=MOMENTS))
    def test_of_an_acknowledgement(self, told: dict[str, Any]) -> None:
        read = agree(AcknowledgeCue().read, AcknowledgeCueSerializer, told)
        assert read is None or read[0] == read[1]["at"]

    @given(
        some(kiosk=TEXTS),
        st.lists(
            st.fixed_dictionaries(
                {
                    "id": st.one_of(st.just("gate7-1"), TEXTS),
                    "end_user": st.one_of(st.just("ana"), TEXTS),
                    "kind": st.sampled_from(["cheer", "skip"]),
                    "at": st.one_of(st.builds(lambda: clock.now().isoformat()), MOMENTS),
                },
                optional={"value": NUMBERS, "track": TEXTS},
            ),
            max_size=2,
        ),
    )
    def test_of_interactions(self, where: dict[str, Any], batch: list[dict[str, Any]]) -> None:
        told = where | {"interactions": batch}
        read = agree(RecordInteractions().read, RecordInteractionsSerializer, told)
        if read is not None:
            asked, twin = read
            assert asked.named.kiosk_id == twin["kiosk"]
            assert [vars(each) for each in asked.interactions] == [
                dict(each) for each in twin["interactions"]
            ]

"""Frames by POST: heard by the tick that hears the sockets, at both doors."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from asgiref.sync import sync_to_async

from apps.live_audio_feedback.models import LiveSession, ZoneSecond
from apps.live_audio_feedback.sockets import posted
from audio.crowd import DEFAULT
from audio.synth.crowd import applause
from tenants.limits import Algorithm
from tenants.models import ContractLimit
from tests.conftest import Api, Tenant, slow_rate
from tests.doors import Doors
from tests.live_audio_feedback.conftest import OpenSession
from tests.live_audio_feedback.frames import frame, frames
from tests.live_audio_feedback.posted.posting import post

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("sockets"),
]
Client = Callable[[str | None], Api]


async def places(api: Client, tenant: Tenant) -> int:
    """How many live sessions the organisation is said to hold."""
    told = (await sync_to_async(api(tenant.live_key).get)("/v1/limits")).json()["limits"]
    return next(int(limit["used"]) for limit in told if limit["name"] == "live_sessions")


class TestFrames:
    async def test_of_a_zone_of_any_name_are_answered_here(
        self, doors: Doors, session: LiveSession
    ) -> None:
        refused = await post(doors.hot, session.pk, frame(), zone="North_A")
        assert (refused.json()["code"], doors.handed_on) == ("unknown-zone", 0)

    async def test_are_scored_as_a_sockets_and_answered_with_the_newest_score(
        self, doors: Doors, session: LiveSession
    ) -> None:
        sound = list(frames(applause(3.0, np.random.default_rng(7))))
        told: list[Any] = []
        for at in range(0, len(sound), 10):
            door = (doors.hot, doors.twin)[at // 10 % 2]
            answer = await post(door, session.pk, b"".join(sound[at : at + 10]))
            assert answer.status == 202, answer.body
            told.append(answer.json())
            await asyncio.sleep(0.1)
        assert doors.handed_on == 0
        assert {each["accepted"] for each in told} == {10}
        assert told[0]["score"] is None
        last = told[-1]["score"]
        assert last["type"] == "score"
        assert last["seq"] > 100
        assert last["t_us"] == last["seq"] * 20_000
        assert last["score"] > 50
        assert last["parts"]["applause"] > 0.5
        assert (last["dropped"], last["scorer"]) == (0, DEFAULT.name)
        await posted.close()
        kept = [row async for row in ZoneSecond.objects.all()]
        assert kept
        assert {(row.session_id, row.zone) for row in kept} == {(session.pk, "north")}

    async def test_hold_one_place_until_they_end(
        self, doors: Doors, session: LiveSession, api: Client, tenant: Tenant
    ) -> None:
        for door, zone in ((doors.hot, "north"), (doors.twin, "north"), (doors.hot, "south")):
            assert (await post(door, session.pk, frame(), zone)).status == 202
        assert await places(api, tenant) == 1
        await posted.close()
        assert await places(api, tenant) == 0

    async def test_that_find_no_place_are_refused_alike(
        self, doors: Doors, open_session: OpenSession, tenant: Tenant
    ) -> None:
        await sync_to_async(ContractLimit.objects.create)(
            organisation=tenant.organisation,
            name="live_sessions",
            algorithm=Algorithm.CONCURRENCY,
            unit="session",
            quantity=1,
            per_ms=600_000,
        )
        first, second = [(await sync_to_async(open_session)()).pk for _ in range(2)]
        assert (await post(doors.hot, first, frame())).status == 202
        for door in (doors.hot, doors.twin):
            refused = await post(door, second, frame())
            assert refused.json()["violated-policies"] == ["live_sessions"]
            assert "live_sessions" in refused.headers["ratelimit-policy"]
            assert refused.headers["ratelimit"].startswith('"live_sessions";r=0')
            assert int(refused.headers["retry-after"]) > 0

    async def test_that_come_too_fast_are_dropped_with_a_warning(
        self, doors: Doors, session: LiveSession
    ) -> None:
        told = [
            (await post(doors.hot, session.pk, b"".join(frame(seq=seq) for seq in batch))).json()
            for batch in (range(100), range(100, 200), range(200, 201))
        ]
        warnings = [warning["code"] for each in told for warning in each["warnings"]]
        assert warnings == ["dropping"]

    async def test_that_are_sent_again_are_counted_and_not_heard_again(
        self, doors: Doors, session: LiveSession
    ) -> None:
        call = b"".join(frame(seq=seq, t_us=seq) for seq in range(50))
        first, again = [(await post(doors.hot, session.pk, call)).json() for _ in range(2)]
        tail = b"".join(frame(seq=seq, t_us=seq) for seq in (60, 50, 61, 61))
        mixed = (await post(doors.twin, session.pk, tail)).json()
        told = [
            {name: answer[name] for name in ("accepted", "late", "duplicate")}
            for answer in (first, again, mixed)
        ]
        assert told == [
            {"accepted": 50, "late": 0, "duplicate": 0},
            {"accepted": 0, "late": 0, "duplicate": 50},
            {"accepted": 2, "late": 1, "duplicate": 1},
        ]
        assert [answer["warnings"] for answer in (first, again, mixed)] == [[], [], []]

    async def test_of_a_device_that_restarted_its_counter_are_heard(
        self, doors: Doors, session: LiveSession
    ) -> None:
        async def send(numbers: range) -> Any:
            call = b"".join(frame(seq=seq, t_us=seq * 20_000) for seq in numbers)
            return (await post(doors.hot, session.pk, call)).json()

        counts = [range(1000, 1010), range(1010, 1020), range(10), range(10, 20)]
        told = [await send(count) for count in counts]
        assert [answer["accepted"] for answer in told] == [10] * 4
        assert [answer["resynchronised"] for answer in told] == [False, False, True, False]
        [warning] = [warning for answer in told for warning in answer["warnings"]]
        assert warning["code"] == "resynchronised"
        assert (warning["after"], warning["seq"], warning["restarts"]) == (1019, 0, 1)
        scored = None
        for number in range(20, 200):
            score = (await send(range(number, number + 1)))["score"]
            scored = score["seq"] if score else None
            if scored is not None and scored < 1000:
                break
            await asyncio.sleep(0.05)
        assert scored is not None
        assert scored < 1000

    async def test_of_two_devices_under_one_credential_and_zone_are_heard_with_a_warning(
        self, doors: Doors, session: LiveSession
    ) -> None:
        warnings = []
        for call in range(12):
            start = call // 2 * 4 + call % 2 * 1_000_000
            body = b"".join(frame(seq=seq, t_us=seq) for seq in range(start, start + 4))
            answer = (await post(doors.hot, session.pk, body)).json()
            assert answer["accepted"] == 4
            warnings += [warning["code"] for warning in answer["warnings"]]
        assert warnings == ["resynchronised", "mixed-senders"]

    async def test_say_how_many_of_those_before_had_to_go(
        self, doors: Doors, session: LiveSession
    ) -> None:
        told = []
        for count in (range(100), range(100, 200)):
            call = b"".join(frame(seq=seq) for seq in count)
            told.append((await post(doors.hot, session.pk, call)).json())
        assert [answer["accepted"] for answer in told] == [100, 100]
        assert told[0]["dropped"] == 0 < told[1]["dropped"]

    async def test_of_a_file_are_refused_alike_and_cost_nothing(
        self, doors: Doors, session: LiveSession, tenant: Tenant
    ) -> None:
        await sync_to_async(slow_rate)(tenant, "requests", burst=3)
        file = b"fLaC\x00\x00\x00\x22" + bytes(range(256)) * 5
        bodies = [frame(file[:640]) + frame(file[640:1280], 1), file, file + bytes(656 * 2)]
        for body in bodies:
            refused = await post(doors.hot, session.pk, body)
            assert refused.said == (await post(doors.twin, session.pk, body)).said
            told = refused.json()
            assert (refused.status, told["code"]) == (400, "encoded-audio")
            assert told["recognised"] == "FLAC"
        admitted = await post(doors.hot, session.pk, frame())
        assert admitted.headers["ratelimit"].startswith('"requests";r=2;')

    @pytest.mark.parametrize(
        "body",
        [b"", frame()[:-1], frame() + b"x", b"\x02" + frame()[1:], frame() * 101],
        ids=["nothing", "cut short", "more than whole", "another version", "too many"],
    )
    async def test_that_are_malformed_are_refused_alike_and_cost_nothing(
        self, doors: Doors, session: LiveSession, tenant: Tenant, body: bytes
    ) -> None:
        await sync_to_async(slow_rate)(tenant, "requests", burst=3)
        refused = await post(doors.hot, session.pk, body)
        assert refused.said == (await post(doors.twin, session.pk, body)).said
        assert (refused.status, refused.json()["code"]) == (400, "malformed-frame")
        admitted = await post(doors.hot, session.pk, frame())
        assert admitted.headers["ratelimit"].startswith('"requests";r=2;')

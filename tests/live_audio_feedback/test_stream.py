"""A stream over its socket: greeted, scored, warned, and ended with a receipt that counts."""

import asyncio
import base64
from decimal import Decimal

import numpy as np
import pytest
from channels.layers import get_channel_layer

from apps.live_audio_feedback.models import LiveSession, ZoneSecond
from audio.crowd import DEFAULT
from audio.synth.crowd import applause, silence
from foundation.events.sockets import Audience
from metering.models import UsageCount, UsageRow
from tests.conftest import Tenant
from tests.live_audio_feedback.client import Socket, application
from tests.live_audio_feedback.frames import frame, frames

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("sockets"),
]


class TestStream:
    async def test_begins_with_hello_and_ends_with_a_receipt_that_counts(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        async with Socket(application(), session.pk, key=tenant.live_key) as socket:
            hello = await socket.receive("hello")
            await socket.send(*(frame(seq=seq) for seq in (0, 1, 2, 2, 6, 7)))
            await socket.end()
            assert await socket.closed() == 1000
        assert (hello["session"], hello["zone"]) == (session.pk, "north")
        assert hello["window"]["ends_at"] == session.ends_at.isoformat()
        assert (hello["retention"], hello["score_hz"]) == ("none", 10)
        assert (hello["scorer"], hello["scorer_sha256"]) == (DEFAULT.name, DEFAULT.sha256)
        assert hello["audio"] == {
            "codec": 1,
            "sample_rate": 16_000,
            "channels": 1,
            "samples_per_frame": 320,
        }
        assert socket.seen[-1] == {
            "type": "receipt",
            "session": session.pk,
            "zone": "north",
            "frames_received": 6,
            "frames_scored": 5,
            "frames_dropped": 0,
            "frames_repeated": 1,
            "frames_late": 0,
            "frames_lost": 3,
            "restarts": 0,
            "seconds_scored": 0.1,
            "bytes_retained": 0,
            "scorer": DEFAULT.name,
            "scorer_sha256": DEFAULT.sha256,
        }
        row = await UsageRow.objects.aget()
        assert (row.meter, row.quantity) == ("live_audio_seconds", Decimal("0.1"))
        assert (row.organisation_id, row.livemode) == (tenant.organisation.pk, True)
        assert (row.family, row.key_id[:4]) == ("live_audio_feedback", "key_")
        count = await UsageCount.objects.aget(meter="live_audio_seconds")
        assert count.quantity == Decimal("0.1")

    async def test_takes_up_to_ten_frames_in_a_message(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        async with Socket(application(), session.pk, key=tenant.live_key) as socket:
            await socket.send(
                *(b"".join(frame(seq=seq) for seq in range(at, at + 10)) for at in (0, 10))
            )
            await socket.end()
            assert await socket.closed() == 1000
        assert socket.last("score")["seq"] == 19
        receipt = socket.last("receipt")
        assert (receipt["frames_received"], receipt["frames_scored"]) == (20, 20)

    async def test_counts_its_seconds_while_it_goes_on_and_once(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        """So that a process that is killed takes no more with it than its last second."""
        async with Socket(application(), session.pk, key=tenant.live_key) as socket:
            for first in (0, 10):
                await socket.send(*(frame(seq=seq) for seq in range(first, first + 10)))
                await self.counted(Decimal(first + 10) / 50)
            await socket.end()
            assert await socket.closed() == 1000
        await self.counted(Decimal("0.4"))

    async def counted(self, seconds: Decimal) -> None:
        found: list[Decimal] = []
        for _ in range(200):
            found = [row.quantity async for row in UsageRow.objects.all()]
            if found == [seconds]:
                break
            await asyncio.sleep(0.05)
        assert found == [seconds]

    async def test_scores_applause_above_quiet_and_keeps_the_scores(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        rng = np.random.default_rng(7)
        group = Audience(tenant.organisation.pk, True).group
        layer = get_channel_layer()
        assert layer is not None
        listener = await layer.new_channel()
        await layer.group_add(group, listener)
        app = application()
        async with (
            Socket(app, session.pk, "north", key=tenant.live_key) as loud,
            Socket(app, session.pk, "south", key=tenant.live_key) as quiet,
        ):
            await loud.send(*frames(applause(2.0, rng)))
            await quiet.send(*frames(silence(2.0, rng)))
            await asyncio.gather(loud.end(), quiet.end())
            codes = await asyncio.gather(loud.closed(), quiet.closed())
            assert set(codes) == {1000}
        clapping, hush = loud.last("score"), quiet.last("score")
        assert clapping["score"] > hush["score"] + 20
        assert clapping["parts"]["applause"] > 0.5 > hush["parts"]["applause"]
        assert (clapping["seq"], clapping["t_us"]) == (99, 1_980_000)
        assert clapping["scorer"] == DEFAULT.name
        assert hush["score"] < clapping["session_score"] < clapping["score"]
        kept = {row.zone: row async for row in ZoneSecond.objects.order_by("-second")}
        assert kept["north"].maximum > kept["south"].maximum + 20
        event = (await asyncio.wait_for(layer.receive(listener), 1))["event"]
        assert (event["type"], event["session"]) == ("score", session.pk)
        assert set(event["zones"]) == {"north", "south"}
        await layer.group_discard(group, listener)

    async def test_drops_the_oldest_of_a_burst_and_says_so(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        async with Socket(application(), session.pk, key=tenant.live_key) as socket:
            await socket.send(*(frame(seq=seq) for seq in range(130)))
            warned = await socket.receive("warning")
            await socket.end()
            assert await socket.closed() == 1000
        receipt = socket.last("receipt")
        assert warned["code"] == "dropping"
        assert receipt["frames_dropped"] > 0
        assert receipt["frames_dropped"] + receipt["frames_scored"] == 130
        assert socket.last("score")["seq"] == 129
        assert socket.last("score")["dropped"] == receipt["frames_dropped"]

    async def test_goes_on_when_the_sender_begins_to_count_anew(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        async with Socket(application(), session.pk, key=tenant.live_key) as socket:
            await socket.send(*(frame(seq=seq, t_us=seq) for seq in (1000, 1001, 0, 1, 2)))
            warned = await socket.receive("warning")
            await socket.end()
            assert await socket.closed() == 1000
        assert (warned["code"], warned["after"], warned["seq"]) == ("resynchronised", 1001, 0)
        assert socket.last("score")["seq"] == 2
        receipt = socket.last("receipt")
        assert (receipt["frames_scored"], receipt["restarts"]) == (5, 1)

    async def test_says_which_frames_it_does_not_hear(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        async with Socket(application(), session.pk, key=tenant.live_key) as socket:
            await socket.send(*(frame(seq=seq, t_us=seq) for seq in (5, 7, 6, 7, 8)))
            warned = await socket.receive("warning")
            await socket.end()
            assert await socket.closed() == 1000
        assert (warned["code"], warned["late"], warned["repeated"]) == ("unheard", 1, 0)
        assert socket.codes("warning") == ["unheard"]  # and not again within a second
        receipt = socket.last("receipt")
        assert (receipt["frames_late"], receipt["frames_repeated"]) == (1, 1)
        assert receipt["frames_received"] == receipt["frames_scored"] + 2

    async def test_ends_at_a_file_and_meters_nothing_of_it(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        app = application()
        wav = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(1000)
        for first in (frame(wav[:640]), wav[:640], wav[:656]):
            async with Socket(app, session.pk, key=tenant.live_key) as socket:
                await socket.send(first, frame(seq=1))
                assert await socket.closed() == 4400
            error = socket.last("error")
            assert (error["code"], error["recognised"]) == ("encoded-audio", "WAV")
            assert socket.last("receipt")["seconds_scored"] == 0
        async with Socket(app, session.pk, key=tenant.live_key) as socket:
            await socket.say(base64.b64encode(wav).decode())
            assert await socket.closed() == 4400
        assert socket.last("error")["code"] == "encoded-audio"

    async def test_ends_at_what_it_does_not_understand(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        app = application()
        for broken in (b"", frame()[:-1], b"\x02" + frame()[1:]):
            async with Socket(app, session.pk, key=tenant.live_key) as socket:
                await socket.send(frame(), broken)
                assert await socket.closed() == 4400
            assert [message["type"] for message in socket.seen[-2:]] == ["receipt", "error"]
            assert socket.seen[-1]["code"] == "malformed-frame"
        for text in ("", "hello", "[1]", '{"type": "start"}'):
            async with Socket(app, session.pk, key=tenant.live_key) as socket:
                await socket.say(text)
                assert await socket.closed() == 4400
            assert socket.last("error")["code"] == "malformed-frame"

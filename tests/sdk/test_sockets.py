"""The client's sockets against a server that reads and writes exactly as the platform's do."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from apps.live_audio_feedback.rules.frames import FRAME_BYTES, HEADER, Stamp, read_stamp
from apps.live_audio_feedback.rules.sequence import Fate, Sequence
from apps.live_audio_feedback.rules.window import Window
from apps.live_audio_feedback.streams import messages
from audio.crowd import DEFAULT
from foundation.http.problems import document
from gateway.doors import sockets
from gateway.refusals import ExpiredKey
from tenants.rules import build_token
from tifo_client import DeviceClient, Tifo, TifoError, errors
from tifo_client.devices import Acknowledged, Advice, Cue
from tifo_client.streams import AudioStream, Score

KEY = build_token("0" * 30, livemode=True)
FRAMES = 10
SOUND = bytes(range(256)) * 25  # ten frames of 640 bytes
NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
WINDOW = Window(NOW, NOW + timedelta(hours=2))
PARTS = dict.fromkeys(("level", *DEFAULT.sounds), 0.5)


def score_of(stamp: Stamp) -> messages.Message:
    return messages.score(stamp, 61.5, PARTS, 60.0, dropped=0, scorer=DEFAULT.name)


SCORE = score_of(Stamp(4, 80_000))
OUTSIDE = {"type": "error", "status": 403, "code": "outside-window", "detail": "It is over."}
Serve = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def platform(answer: Serve) -> AsyncIterator[str]:
    """A server on a free port, at the yielded base address, that knows one key."""

    async def admit(line: ServerConnection) -> None:
        assert line.request is not None
        assert line.request.headers["Authorization"] == f"Bearer {KEY}"
        await answer(line)

    protocols = [Subprotocol(sockets.PROTOCOL)]
    async with serve(admit, "127.0.0.1", 0, subprotocols=protocols) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}"


async def tell(line: ServerConnection, frame: dict[str, Any]) -> None:
    await line.send(json.dumps(frame))


class Microphones:
    """The platform's end of the live socket: real stamps, real sequence, real messages."""

    def __init__(self) -> None:
        self.path = ""
        self.sequence = Sequence()
        self.sound = b""

    async def __call__(self, line: ServerConnection) -> None:
        assert line.request is not None
        self.path = line.request.path
        await tell(line, messages.hello("ses_1", "north", WINDOW, DEFAULT))
        async for frame in line:
            if isinstance(frame, str):
                assert json.loads(frame) == {"type": "end"}
                break
            await self._hear(line, frame)
        heard = self.sequence.received
        receipt = messages.receipt(
            "ses_1", "north", sequence=self.sequence, dropped=0, scored=heard, scorer=DEFAULT
        )
        await tell(line, receipt)

    async def _hear(self, line: ServerConnection, frame: bytes) -> None:
        stamp = Stamp(*read_stamp(frame))
        assert self.sequence.follow(*stamp) is Fate.HEARD
        assert abs(stamp.t_us / 1e6 - time.time()) < 5
        self.sound += frame[HEADER.size :]
        if self.sequence.received % 5 == 0:
            await tell(line, score_of(stamp))
            await tell(line, messages.dropping(0))


def stream(address: str) -> AudioStream:
    return Tifo(KEY, address).sessions.stream("ses_1", "north stand")


class TestAudioStream:
    async def test_sends_well_formed_frames_and_reads_scores_and_the_receipt(self) -> None:
        ears = Microphones()
        async with platform(ears) as address, stream(address) as microphone:
            assert microphone.hello["retention"] == "none"
            for start in range(0, len(SOUND), 1000):  # pieces that are no whole frames
                await microphone.send(SOUND[start : start + 1000])
            await microphone.end()
            scores = [score async for score in microphone]

        assert ears.path == "/v1/sessions/ses_1/stream?zone=north+stand"
        assert ears.sound == SOUND
        assert (ears.sequence.received, ears.sequence.lost) == (FRAMES, 0)
        assert [(score.seq, score.score, score.session_score) for score in scores] == [
            (4, 61.5, 60.0),
            (9, 61.5, 60.0),
        ]
        assert set(scores[0].parts) == set(PARTS)
        assert {score.scorer for score in scores} == {DEFAULT.name}
        assert [warning["code"] for warning in microphone.warnings] == ["dropping", "dropping"]
        assert microphone.receipt is not None
        assert microphone.receipt["frames_scored"] == FRAMES
        assert microphone.receipt["bytes_retained"] == 0

    async def test_plays_in_real_time(self) -> None:
        ears = Microphones()
        async with platform(ears) as address, stream(address) as microphone:
            began = time.monotonic()
            await microphone.play(SOUND)
            lasted_s = time.monotonic() - began
            await microphone.end()
            _ = [score async for score in microphone]

        assert lasted_s > 0.02 * (FRAMES - 1) - 0.01
        assert len(SOUND) == FRAMES * (FRAME_BYTES - HEADER.size)

    async def test_raises_why_the_door_stays_shut(self) -> None:
        async def refuse(line: ServerConnection) -> None:
            document = {"status": 403, "code": "outside-window", "detail": "Over."}
            await tell(line, {"type": "error", **document})
            await line.close(4403, "outside-window")

        async with platform(refuse) as address:
            with pytest.raises(errors.Forbidden) as caught:
                async with stream(address):
                    raise AssertionError("must not open")
        assert caught.value.code == "outside-window"

    async def test_raises_to_whoever_sends_why_it_was_closed(self) -> None:
        async def lose_patience(line: ServerConnection) -> None:
            await tell(line, messages.hello("ses_1", "north", WINDOW, DEFAULT))
            await line.recv()
            await tell(line, {"type": "error", "status": 429, "code": "too-fast"})
            await line.close(4429, "too-fast")

        async with platform(lose_patience) as address, stream(address) as microphone:
            with pytest.raises(errors.QuotaExceeded, match="too-fast"):
                await asyncio.wait_for(microphone.play(SOUND * 100), 10)

    async def test_raises_the_same_to_whoever_speaks_and_to_whoever_listens(self) -> None:
        """The listener takes the frame that says why; the speaker is told all the same."""
        heard: list[float] = []

        async def end_the_window(line: ServerConnection) -> None:
            await tell(line, messages.hello("ses_1", "north", WINDOW, DEFAULT))
            await line.recv()
            await tell(line, SCORE)
            await tell(line, OUTSIDE)
            await line.close(4403, "outside-window")

        async def listen(microphone: AudioStream) -> None:
            async for score in microphone:
                heard.append(score.score)  # noqa: PERF401  (the error would lose a list)

        async with platform(end_the_window) as address, stream(address) as microphone:
            speaking = asyncio.create_task(microphone.play(SOUND * 100))
            listening = asyncio.create_task(listen(microphone))
            ends = await asyncio.gather(speaking, listening, return_exceptions=True)
            later = await asyncio.gather(microphone.end(), return_exceptions=True)

        for end in (*ends, *later):
            assert isinstance(end, errors.Forbidden)
            assert (end.code, end.status) == ("outside-window", 403)
            assert "It is over." in str(end)
        assert heard == [61.5]

    async def test_leaves_what_came_before_the_end_to_whoever_listens_later(self) -> None:
        scores = 100  # more than a reader of frames holds back by itself

        async def end_the_window(line: ServerConnection) -> None:
            await tell(line, messages.hello("ses_1", "north", WINDOW, DEFAULT))
            await line.recv()
            for _ in range(scores):
                await tell(line, SCORE)
            await tell(line, OUTSIDE)
            await line.close(4403, "outside-window")

        async with platform(end_the_window) as address, stream(address) as microphone:
            with pytest.raises(errors.Forbidden, match="outside-window"):
                await asyncio.wait_for(microphone.play(SOUND * 100), 10)
            for _ in range(scores):
                assert (await anext(microphone)).score == 61.5
            with pytest.raises(errors.Forbidden, match="outside-window"):
                await anext(microphone)

    @pytest.mark.parametrize(
        ("code", "reason", "kind", "said"),
        [
            (4403, "outside-window", errors.Forbidden, "outside-window"),
            (4429, "too-fast", errors.QuotaExceeded, "too-fast"),
            (4503, "", errors.Unavailable, "unexpected-answer"),
            (1012, "", errors.ConnectionFailed, "connection-failed"),
        ],
    )
    async def test_takes_the_close_code_for_the_reason_where_no_frame_gave_one(
        self, code: int, reason: str, kind: type[TifoError], said: str
    ) -> None:
        async def close(line: ServerConnection) -> None:
            await tell(line, messages.hello("ses_1", "north", WINDOW, DEFAULT))
            await line.recv()
            await line.close(code, reason)

        async with platform(close) as address, stream(address) as microphone:
            with pytest.raises(TifoError) as caught:
                await asyncio.wait_for(microphone.play(SOUND * 100), 10)
            with pytest.raises(TifoError) as again:
                await anext(microphone)
        for each in (caught.value, again.value):
            assert (type(each), each.code) == (kind, said)

    async def test_tells_a_lost_connection_from_an_orderly_end(self) -> None:
        async def die(line: ServerConnection) -> None:
            await tell(line, messages.hello("ses_1", "north", WINDOW, DEFAULT))
            line.transport.abort()

        async with platform(die) as address:
            with pytest.raises(errors.ConnectionFailed):
                async with stream(address) as microphone:
                    _ = [score async for score in microphone]

    async def test_says_that_nobody_listens(self) -> None:
        with pytest.raises(errors.ConnectionFailed):
            async with stream("http://127.0.0.1:9"):
                raise AssertionError("must not open")


def cue_frame(**changes: Any) -> dict[str, Any]:
    raised = datetime.now(UTC)
    return {
        "type": "cue",
        "id": "cue_1",
        "kind": "led",
        "payload": {"colour": "#a50044"},
        "at": None,
        "raised_at": raised.isoformat(),
        "expires_at": (raised + timedelta(seconds=10)).isoformat(),
    } | changes


class TestDeviceClient:
    async def test_receives_cues_acknowledges_and_is_told_how_long_it_took(self) -> None:
        heard: list[dict[str, Any]] = []

        async def conduct(line: ServerConnection) -> None:
            await tell(line, {"type": "hello", "name": "Gate 7"})
            await tell(line, {"type": "of-a-later-version"})
            await tell(line, cue_frame(at=NOW.isoformat()))
            heard.append(json.loads(await line.recv()))
            await tell(line, {"type": "acknowledged", "cue": "cue_1", "latency_ms": 42})

        events = []
        async with platform(conduct) as address, DeviceClient(KEY, address) as device:
            assert device.hello["name"] == "Gate 7"
            async for event in device:
                events.append(event)
                if isinstance(event, Cue):
                    await device.acknowledge(event, played_at=NOW)

        cue, acknowledged = events
        assert isinstance(cue, Cue)
        assert (cue.payload, cue.at) == ({"colour": "#a50044"}, NOW)
        assert heard == [{"type": "ack", "cue": "cue_1", "at": NOW.isoformat()}]
        assert acknowledged == Acknowledged("cue_1", 42)

    async def test_reports_telemetry_and_takes_advice(self) -> None:
        async def advise(line: ServerConnection) -> None:
            await tell(line, {"type": "hello"})
            said = json.loads(await line.recv())
            assert said == {"type": "telemetry", "soc_celsius": 91.0, "npu_load": 0.9}
            advice = {"thermal": "minimal", "inference_share": 0.0, "led_brightness": 0.3}
            await tell(line, {"type": "advice", **advice, "rises_at_celsius": None})

        async with platform(advise) as address, DeviceClient(KEY, address) as device:
            await device.report(91.0, npu_load=0.9)
            assert [event async for event in device] == [Advice("minimal", 0.0, 0.3)]

    async def test_stays_open_after_a_frame_that_was_not_understood(self) -> None:
        async def complain(line: ServerConnection) -> None:
            await tell(line, {"type": "hello"})
            await tell(line, {"type": "error", "status": 404, "code": "not-found"})
            await tell(line, cue_frame())
            await line.wait_closed()

        async with platform(complain) as address, DeviceClient(KEY, address) as device:
            with pytest.raises(errors.NotFound):
                await anext(device)
            assert isinstance(await anext(device), Cue)


class TestEvents:
    async def test_come_as_they_are_until_the_platform_ends_them(self) -> None:
        async def publish(line: ServerConnection) -> None:
            await tell(line, {"type": "hello", "livemode": True})
            await tell(line, {"type": "job", "id": "job_1", "state": "running"})

        async with platform(publish) as address, Tifo(KEY, address).events() as events:
            assert events.hello["livemode"] is True
            assert [event async for event in events] == [
                {"type": "job", "id": "job_1", "state": "running"}
            ]


class TestWarnings:
    """As the platform sends them before it ends a socket that was open."""

    async def test_are_kept_and_the_error_is_raised(self) -> None:
        ends = [
            sockets.warning(ExpiredKey("The key expires at noon."), 60_000),
            sockets.warning(ExpiredKey(), 250),
            document(ExpiredKey()) | {"type": "error"},
        ]

        async def part(line: ServerConnection) -> None:
            await tell(line, {"type": "hello"})
            for frame in ends:
                await tell(line, frame)
            await line.close(4401, "expired-key")

        async with platform(part) as address:
            for open_socket in (
                lambda: Tifo(KEY, address).events(),
                lambda: stream(address),
                lambda: DeviceClient(KEY, address),
            ):
                async with open_socket() as socket:
                    with pytest.raises(errors.Unauthorized):
                        await anext(socket)
                    assert [each["closes_in_ms"] for each in socket.warnings] == [60_000, 250]


class TestFramesOfALaterServer:
    """What is unknown is left out; what is broken is told, and the next frame may be read."""

    BROKEN = (
        "",
        "<html>",
        "[]",
        "null",
        "5",
        b"\xff\xfe",
        "{}",
        '{"type": 5}',
        '{"type": null}',
        "[" * 50_000,
    )

    async def test_pass_through_events_as_they_are(self) -> None:
        later = {"type": "of-a-later-version", "colours": [{"new": 1}]}

        async def publish(line: ServerConnection) -> None:
            await tell(line, {"type": "hello"})
            await tell(line, later)

        async with platform(publish) as address, Tifo(KEY, address).events() as events:
            assert [event async for event in events] == [later]

    @pytest.mark.parametrize("broken", BROKEN)
    async def test_that_are_broken_are_told_and_the_next_is_read(self, broken: str | bytes) -> None:
        async def stammer(line: ServerConnection) -> None:
            await tell(line, {"type": "hello"})
            await line.send(broken)
            await tell(line, {"type": "job"})

        async with platform(stammer) as address, Tifo(KEY, address).events() as events:
            with pytest.raises(TifoError, match="frame of another shape") as caught:
                await anext(events)
            assert caught.value.code == "unexpected-answer"
            assert await anext(events) == {"type": "job"}

    @pytest.mark.parametrize("wrong", [..., None, "of-a-later-server", [], {}, True, -1, 1e999])
    async def test_that_lack_or_change_a_member_give_an_event_or_a_tifo_error(
        self, wrong: Any
    ) -> None:
        advice = {"type": "advice", "thermal": "x", "inference_share": 1, "led_brightness": 1}
        acknowledged = {"type": "acknowledged", "cue": "cue_1", "latency_ms": 42}
        cues = [*variants(cue_frame(at=NOW.isoformat()), wrong)]
        device = [*cues, *variants(advice, wrong), *variants(acknowledged, wrong)]
        scores = [*variants(SCORE, wrong), SCORE | {"parts": {"level": "loud"}}]

        async def tell_all(line: ServerConnection) -> None:
            await tell(line, {"type": "hello"})
            assert line.request is not None
            for frame in device if "devices" in line.request.path else scores:
                await tell(line, frame)

        async with platform(tell_all) as address:
            for socket in (stream(address), DeviceClient(KEY, address)):
                async with socket:
                    told = [outcome async for outcome in outcomes(socket)]
                    assert not [each for each in told if not isinstance(each, OUTCOMES)]
                    assert [each for each in told if isinstance(each, TifoError)]

    async def test_with_more_members_are_taken(self) -> None:
        async def publish(line: ServerConnection) -> None:
            await tell(line, {"type": "hello", "new": 1})
            await tell(line, cue_frame(new=1, kind="of-a-later-server"))

        async with platform(publish) as address, DeviceClient(KEY, address) as device:
            [cue] = [event async for event in device]
        assert isinstance(cue, Cue)
        assert cue.kind == "of-a-later-server"


OUTCOMES = (TifoError, Score, Cue, Acknowledged, Advice)


def variants(frame: dict[str, Any], wrong: Any) -> Iterator[dict[str, Any]]:
    """The frame with one member after the other wrong, or missing where that is `...`."""
    for name in frame.keys() - {"type"}:
        if wrong is ...:
            yield {each: value for each, value in frame.items() if each != name}
        else:
            yield frame | {name: wrong}


async def outcomes(socket: AudioStream | DeviceClient) -> AsyncIterator[object]:
    while True:
        try:
            yield await anext(socket)
        except StopAsyncIteration:
            return
        except TifoError as error:
            if isinstance(error, errors.ConnectionFailed):
                raise  # would come again for ever
            yield error


class TestDoors:
    """What a proxy in front answers to the handshake."""

    @pytest.mark.parametrize(
        ("status", "body", "kind", "code"),
        [
            (502, b"<html>Bad Gateway</html>", TifoError, "unexpected-answer"),
            (503, b"", errors.Unavailable, "unexpected-answer"),
            (403, b'{"code": "address-not-allowed"}', errors.Forbidden, "address-not-allowed"),
            (200, b"<html>Log in</html>", TifoError, "unexpected-answer"),
            (302, b"", TifoError, "unexpected-answer"),
        ],
    )
    async def test_that_stay_shut_say_so_with_status_and_request_id(
        self, status: int, body: bytes, kind: type[TifoError], code: str
    ) -> None:
        strangers: list[str] = []

        async def stranger(line: ServerConnection) -> None:
            strangers.append("came")

        def refuse(_line: ServerConnection, _request: Request) -> Response:
            headers = Headers({"X-Request-Id": "req_7", "Content-Length": str(len(body))})
            headers["Location"] = elsewhere.replace("http", "ws")
            headers["Set-Cookie"], headers["set-cookie"] = "a=1", "b=2"
            return Response(status, "Said So", headers, body)

        async with (
            platform(stranger) as elsewhere,
            serve(lambda _line: tell(_line, {}), "127.0.0.1", 0, process_request=refuse) as server,
        ):
            port = next(iter(server.sockets)).getsockname()[1]
            with pytest.raises(TifoError) as caught:
                async with stream(f"http://127.0.0.1:{port}"):
                    raise AssertionError("must not open")
        assert type(caught.value) is kind
        assert (caught.value.code, caught.value.status) == (code, status)
        assert caught.value.request_id == "req_7"
        assert strangers == []

    async def test_that_open_on_nonsense_are_shut_again(self) -> None:
        left: list[bool] = []

        async def babble(line: ServerConnection) -> None:
            await line.send("nonsense")
            await line.wait_closed()
            left.append(True)

        async with platform(babble) as address:
            with pytest.raises(TifoError, match="frame of another shape"):
                async with stream(address):
                    raise AssertionError("must not open")
        assert left == [True]


class TestAddresses:
    @pytest.mark.parametrize(
        ("base", "expected"),
        [
            ("http://127.0.0.1:8000", "ws://127.0.0.1:8000/v1/events"),
            ("https://api.example/tifo/", "wss://api.example/tifo/v1/events"),
        ],
    )
    def test_follow_the_base_address(self, base: str, expected: str) -> None:
        assert Tifo(KEY, base).events().address == expected

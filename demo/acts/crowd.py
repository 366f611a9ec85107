"""Microphones in three zones that stream the crowd, in real time, to one live session."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from demo.cast import Cast
from demo.report import Check
from demo.sound import CrowdSound, Span
from tifo_client.streams import FRAME_S, AudioStream, Score

WINDOW = timedelta(hours=12)


@dataclass(frozen=True)
class Zone:
    """A part of the stadium, as loud and as late as its distance from the heart of the crowd."""

    name: str
    gain: float
    delay_s: float


ZONES = (Zone("north", 1.0, 0.0), Zone("east", 0.8, 0.06), Zone("south", 0.6, 0.12))


@dataclass
class Heard:
    """What one microphone was told."""

    scores: list[Score] = field(default_factory=list)
    receipt: dict[str, Any] | None = None


async def open_session(cast: Cast) -> str:
    """The id of a session that hears all zones."""
    names = [zone.name for zone in ZONES]
    ends_at = datetime.now(UTC) + WINDOW
    session = await cast.call(
        cast.scoreboard.sessions.create, "Derby night", names, ends_at=ends_at
    )
    cast.say("crowd", f"live session {session.id} hears {', '.join(names)}")
    return session.id


async def stream_once(cast: Cast, session_id: str, sound: CrowdSound) -> list[Check]:
    """Play the sound in every zone, and judge the scores that came back."""
    heard = await asyncio.gather(*(_listen(cast, session_id, z, sound) for z in ZONES))
    return [_rises(heard[0].scores, sound), _keeps_nothing(heard, sound)]


async def stream_for_ever(cast: Cast, session_id: str, sound: CrowdSound) -> None:
    """The same again and again, for whoever watches the live page."""
    while True:
        await asyncio.gather(*(_listen(cast, session_id, z, sound) for z in ZONES))


async def _listen(cast: Cast, session_id: str, zone: Zone, sound: CrowdSound) -> Heard:
    heard = Heard()
    pcm = sound.pcm16(gain=zone.gain, delay_s=zone.delay_s)
    await cast.call.turn()
    async with cast.scoreboard.sessions.stream(session_id, zone.name) as stream:
        microphone = asyncio.create_task(_play(stream, pcm))
        try:
            async for score in stream:
                heard.scores.append(score)
        finally:
            microphone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await microphone
        heard.receipt = stream.receipt
    return heard


async def _play(stream: AudioStream, pcm: bytes) -> None:
    await stream.play(pcm)
    await stream.end()


def _rises(scores: Sequence[Score], sound: CrowdSound) -> Check:
    quiet, loud = _mean(scores, sound.quiet), _mean(scores, sound.loud)
    says = f"{quiet:.0f} of 100 in the quiet before, {loud:.0f} in the loudest {_length(sound)} s"
    return Check("Crowd score rises", loud > quiet, f"{says} ({len(scores)} scores a zone)")


def _mean(scores: Sequence[Score], span: Span) -> float:
    """The session's mean score while the sound's `span` was played (0 when nothing was heard)."""
    inside = [each.session_score for each in scores if span[0] < each.seq * FRAME_S <= span[1]]
    return sum(inside) / max(len(inside), 1)


def _length(sound: CrowdSound) -> str:
    return f"{sound.loud[1] - sound.loud[0]:g}"


def _keeps_nothing(heard: Sequence[Heard], sound: CrowdSound) -> Check:
    receipts = [each.receipt for each in heard if each.receipt is not None]
    seconds = sum(receipt["seconds_scored"] for receipt in receipts)
    kept = sum(receipt["bytes_retained"] for receipt in receipts)
    whole = len(receipts) == len(ZONES) and seconds >= 0.95 * sound.seconds * len(ZONES)
    says = f"{seconds:.1f} s heard from {len(receipts)} microphones, {kept} bytes of sound kept"
    return Check("Audio heard, not kept", whole and kept == 0, says)

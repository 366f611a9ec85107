"""Live sessions: crowd sound in, a score out."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from tifo_client._gen.api.live_audio_feedback import (
    create_session,
    end_session,
    get_session,
    list_scores,
    list_sessions,
    score_sound,
    send_frames,
)
from tifo_client._gen.models.create_session_request import CreateSessionRequest
from tifo_client._gen.models.heard_frames import HeardFrames
from tifo_client._gen.models.score_sound_request import ScoreSoundRequest
from tifo_client._gen.models.scored_sound import ScoredSound
from tifo_client._gen.models.scorer import Scorer
from tifo_client._gen.models.session import Session
from tifo_client._gen.models.zone_second import ZoneSecond
from tifo_client._gen.types import File
from tifo_client.answers import given, rows, take
from tifo_client.arguments import several
from tifo_client.resources import Resource
from tifo_client.streams import AudioStream
from tifo_client.uploads import Source, opened


class SessionsResource(Resource):
    def list(self) -> Iterator[Session]:
        return rows(partial(list_sessions.sync_detailed, client=self._core))

    def get(self, session_id: str) -> Session:
        return take(get_session.sync_detailed(session_id, client=self._core))

    def create(
        self,
        name: str,
        zones: Sequence[str],
        *,
        ends_at: datetime,
        starts_at: datetime | None = None,
    ) -> Session:
        """A session that hears the zones of a venue from `starts_at` (now) to `ends_at`."""
        asked = CreateSessionRequest(name, ends_at, several("zones", zones), given(starts_at))
        return take(create_session.sync_detailed(client=self._core, body=asked))

    def end(self, session_id: str) -> Session:
        return take(end_session.sync_detailed(session_id, client=self._core))

    def scores(
        self,
        session_id: str,
        *,
        zone: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[ZoneSecond]:
        """What was kept: one row per zone and second, oldest first."""
        fetch = partial(list_scores.sync_detailed, session_id, client=self._core)
        return rows(partial(fetch, zone=given(zone), from_=given(since), to=given(until)))

    def score(
        self, source: Source, *, name: str | None = None, scorer: Scorer | None = None
    ) -> ScoredSound:
        """Score up to two minutes of a sound file as if it had come live; nothing is kept.

        `scorer` is a version of the crowd score, such as "ramps-1"; the default when left out.
        """
        with opened(source) as file:
            asked = ScoreSoundRequest(file, scorer=given(scorer), name=given(name))
            return take(score_sound.sync_detailed(client=self._core, body=asked))

    def stream(self, session_id: str, zone: str) -> AudioStream:
        """`async with tifo.sessions.stream(session.id, "north") as stream: …`"""
        return AudioStream(self._wires.endpoint, session_id, zone)

    def send(self, session_id: str, zone: str, frames: Sequence[bytes]) -> HeardFrames:
        """Send 1 to 100 frames of a FramePacker, about a second at a time, without a socket.

        The answer's score is the newest there is; frames of this call are heard after it.
        """
        # httpx can send bytes again after a lost connection, an open file only once.
        sound: Any = b"".join(several("frames", frames))
        told = send_frames.sync_detailed(session_id, client=self._core, zone=zone, body=File(sound))
        return take(told)

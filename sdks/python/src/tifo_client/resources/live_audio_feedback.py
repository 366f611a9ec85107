"""Live sessions: crowd sound in, a score out; and Adaptive Flow, the tracks to play next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from tifo_client._gen.api.live_audio_feedback import (
    ask_for_offer,
    command_flow,
    configure_flow,
    create_session,
    end_session,
    get_flow,
    get_flow_learning,
    get_flow_pool,
    get_session,
    list_flow_decisions,
    list_scores,
    list_sessions,
    send_frames,
    set_flow_learning,
    set_flow_pool,
)
from tifo_client._gen.models.command_flow_request import CommandFlowRequest
from tifo_client._gen.models.create_session_request import CreateSessionRequest
from tifo_client._gen.models.flow import Flow
from tifo_client._gen.models.flow_action import FlowAction
from tifo_client._gen.models.flow_decision import FlowDecision
from tifo_client._gen.models.flow_learning_request import FlowLearningRequest
from tifo_client._gen.models.flow_mode import FlowMode
from tifo_client._gen.models.flow_pool import FlowPool
from tifo_client._gen.models.flow_recovery import FlowRecovery
from tifo_client._gen.models.flow_selector import FlowSelector
from tifo_client._gen.models.heard_frames import HeardFrames
from tifo_client._gen.models.key_mode import KeyMode
from tifo_client._gen.models.learning import Learning
from tifo_client._gen.models.offer import Offer
from tifo_client._gen.models.patched_flow_settings_request import PatchedFlowSettingsRequest
from tifo_client._gen.models.pool_track_request import PoolTrackRequest
from tifo_client._gen.models.session import Session
from tifo_client._gen.models.set_flow_pool_request import SetFlowPoolRequest
from tifo_client._gen.models.tonic import Tonic
from tifo_client._gen.models.track_features_request import TrackFeaturesRequest
from tifo_client._gen.models.zone_second import ZoneSecond
from tifo_client._gen.types import File
from tifo_client.answers import given, rows, take
from tifo_client.arguments import several
from tifo_client.resources import Resource
from tifo_client.streams import AudioStream

MOST_ROWS = 1000


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


@dataclass(frozen=True)
class PoolTrack:
    """A track that the selector may choose: `bpm` 40 to 240, `energy` and `valence` 0 to 1.

    A key is a `tonic` and a `mode`, or neither. `recovery` marks what is brought for a tired crowd.
    """

    id: str
    bpm: float
    energy: float
    valence: float | None = None
    tonic: Tonic | None = None
    mode: KeyMode | None = None
    title: str | None = None
    artist: str | None = None
    recovery: bool = False


class FlowResource(Resource):
    def get(self, session_id: str) -> Flow:
        return take(get_flow.sync_detailed(session_id, client=self._core))

    def pool(self, session_id: str) -> FlowPool:
        return take(get_flow_pool.sync_detailed(session_id, client=self._core))

    def set_pool(self, session_id: str, tracks: Sequence[PoolTrack]) -> FlowPool:
        """Set the tracks, up to 300, in place of those before."""
        asked = SetFlowPoolRequest([_asked(each) for each in several("tracks", tracks)])
        return take(set_flow_pool.sync_detailed(session_id, client=self._core, body=asked))

    def configure(
        self,
        session_id: str,
        *,
        selector: FlowSelector | None = None,
        recovery: FlowRecovery | None = None,
        recovery_below: float | None = None,
        recovery_hysteresis: float | None = None,
        recovery_for_s: float | None = None,
        recovery_cooldown_s: float | None = None,
        repeat_after_s: float | None = None,
        veto_s: float | None = None,
        ahead: int | None = None,
    ) -> Flow:
        """Change what is given: points of the score, and seconds."""
        asked = PatchedFlowSettingsRequest(
            selector=given(selector),
            recovery=given(recovery),
            recovery_below=given(recovery_below),
            recovery_hysteresis=given(recovery_hysteresis),
            recovery_for_s=given(recovery_for_s),
            recovery_cooldown_s=given(recovery_cooldown_s),
            repeat_after_s=given(repeat_after_s),
            veto_s=given(veto_s),
            ahead=given(ahead),
        )
        return take(configure_flow.sync_detailed(session_id, client=self._core, body=asked))

    def command(
        self,
        session_id: str,
        action: FlowAction,
        *,
        track: str | None = None,
        position: int | None = None,
        mode: FlowMode | None = None,
        proposal: str | None = None,
        version: int | None = None,
    ) -> Flow:
        """What the artist says, done at once; the answer is the flow after it.

        `tifo.flow.command(session.id, "veto", track="anthem")`. With a `version` it is refused,
        by the code `flow-changed`, if the flow has changed since it was read.
        """
        asked = CommandFlowRequest(
            action=action,
            track=given(track),
            position=given(position),
            mode=given(mode),
            proposal=given(proposal),
            version=given(version),
        )
        return take(command_flow.sync_detailed(session_id, client=self._core, body=asked))

    def ask(self, session_id: str) -> Offer:
        """Have the selector look now, and offer a track if one is wanted. While the session is
        heard it does so by itself, once a second."""
        return take(ask_for_offer.sync_detailed(session_id, client=self._core))

    def log(self, session_id: str) -> Iterator[FlowDecision]:
        """Every command and every offer, oldest first."""
        fetch = partial(list_flow_decisions.sync_detailed, session_id, client=self._core)
        return rows(partial(fetch, limit=MOST_ROWS))

    def learning(self) -> Learning:
        return take(get_flow_learning.sync_detailed(client=self._core))

    def set_learning(self, *, across_sessions: bool) -> Learning:
        """Whether sessions teach later ones; False deletes what was learnt so."""
        asked = FlowLearningRequest(across_sessions=across_sessions)
        return take(set_flow_learning.sync_detailed(client=self._core, body=asked))


def _asked(track: PoolTrack) -> PoolTrackRequest:
    features = TrackFeaturesRequest(
        bpm=track.bpm,
        energy=track.energy,
        valence=given(track.valence),
        tonic=given(track.tonic),
        mode=given(track.mode),
    )
    return PoolTrackRequest(
        id=track.id,
        features=features,
        title=given(track.title),
        artist=given(track.artist),
        recovery=track.recovery,
    )

"""Live sessions: crowd sound in, a score out; and Adaptive Flow, the tracks to play next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from tifo_client._gen.api.live_audio_feedback import (
    ask_for_offer,
    check_receipt,
    command_flow,
    configure_flow,
    create_join_token,
    create_session,
    end_session,
    get_flow,
    get_flow_learning,
    get_flow_pool,
    get_receipt,
    get_session,
    list_flow_decisions,
    list_receipt_keys,
    list_scores,
    list_sessions,
    score_sound,
    send_frames,
    set_flow_learning,
    set_flow_pool,
)
from tifo_client._gen.models.check_receipt_request import CheckReceiptRequest
from tifo_client._gen.models.checked_receipt import CheckedReceipt
from tifo_client._gen.models.command_flow_request import CommandFlowRequest
from tifo_client._gen.models.consent_request import ConsentRequest
from tifo_client._gen.models.create_join_token_request import CreateJoinTokenRequest
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
from tifo_client._gen.models.join_token import JoinToken
from tifo_client._gen.models.key_mode import KeyMode
from tifo_client._gen.models.learning import Learning
from tifo_client._gen.models.mapped_zone_request import MappedZoneRequest
from tifo_client._gen.models.offer import Offer
from tifo_client._gen.models.patched_flow_settings_request import PatchedFlowSettingsRequest
from tifo_client._gen.models.pool_track_request import PoolTrackRequest
from tifo_client._gen.models.receipt_key import ReceiptKey
from tifo_client._gen.models.score_sound_request import ScoreSoundRequest
from tifo_client._gen.models.scored_sound import ScoredSound
from tifo_client._gen.models.scorer import Scorer
from tifo_client._gen.models.session import Session
from tifo_client._gen.models.set_flow_pool_request import SetFlowPoolRequest
from tifo_client._gen.models.signed_receipt import SignedReceipt
from tifo_client._gen.models.tonic import Tonic
from tifo_client._gen.models.track_features_request import TrackFeaturesRequest
from tifo_client._gen.models.zone_second import ZoneSecond
from tifo_client._gen.types import File
from tifo_client.answers import given, rows, take
from tifo_client.arguments import several
from tifo_client.resources import Resource
from tifo_client.streams import AudioStream
from tifo_client.uploads import Source, opened

MOST_ROWS = 1000


def _mapped(zones: Mapping[str, Sequence[float]] | None) -> Any:
    return None if zones is None else [MappedZoneRequest(z, x, y) for z, (x, y) in zones.items()]


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
        event: str | None = None,
        zone_map: Mapping[str, Sequence[float]] | None = None,
        keep_audio: bool = False,
        learn: bool = False,
        consent_statement: str = "",
    ) -> Session:
        """A session that hears the zones of a venue from `starts_at` (now) to `ends_at`.

        `zone_map` says where zones lie on a plan of the venue: x from its left edge (0) to its
        right (1), y from its top down. `event` is the event in your own naming. What the people who
        are heard agreed to: `keep_audio`, that their sound may be kept; `learn`, that what is
        learnt of it may serve other sessions; `consent_statement`, where that stands.
        """
        asked = CreateSessionRequest(
            name,
            ends_at,
            several("zones", zones),
            starts_at=given(starts_at),
            event=given(event),
            zone_map=given(_mapped(zone_map)),
            consent=ConsentRequest(keep_audio, learn, consent_statement),
        )
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

    def join_token(
        self, session_id: str, zone: str, end_user: str, *, origin: str | None = None
    ) -> JoinToken:
        """A token with which one fan's device opens one socket to this zone, within a minute.

        With `origin` it works from that page alone.
        """
        asked = CreateJoinTokenRequest(zone, end_user, origin=given(origin))
        return take(create_join_token.sync_detailed(session_id, client=self._core, body=asked))

    def receipt(self, session_id: str) -> SignedReceipt:
        """The signed receipt of a sealed session; Conflict (session-not-sealed) before that."""
        return take(get_receipt.sync_detailed(session_id, client=self._core))

    def receipt_keys(self) -> Sequence[ReceiptKey]:
        """The public keys of receipts, for `tifo_client.verify.receipts.is_genuine`."""
        return take(list_receipt_keys.sync_detailed(client=self._core)).data

    def check_receipt(self, receipt: SignedReceipt) -> CheckedReceipt:
        """What the platform says of a receipt; `is_genuine` says it without the platform."""
        asked = CheckReceiptRequest.from_dict(receipt.to_dict())
        return take(check_receipt.sync_detailed(client=self._core, body=asked))

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

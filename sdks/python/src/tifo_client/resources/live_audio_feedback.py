"""Live sessions: crowd sound in, a score out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from tifo_client._gen.api.live_audio_feedback import (
    check_receipt,
    create_join_token,
    create_session,
    end_session,
    get_receipt,
    get_session,
    list_receipt_keys,
    list_scores,
    list_sessions,
    score_sound,
    send_frames,
)
from tifo_client._gen.models.check_receipt_request import CheckReceiptRequest
from tifo_client._gen.models.checked_receipt import CheckedReceipt
from tifo_client._gen.models.consent_request import ConsentRequest
from tifo_client._gen.models.create_join_token_request import CreateJoinTokenRequest
from tifo_client._gen.models.create_session_request import CreateSessionRequest
from tifo_client._gen.models.heard_frames import HeardFrames
from tifo_client._gen.models.join_token import JoinToken
from tifo_client._gen.models.mapped_zone_request import MappedZoneRequest
from tifo_client._gen.models.receipt_key import ReceiptKey
from tifo_client._gen.models.score_sound_request import ScoreSoundRequest
from tifo_client._gen.models.scored_sound import ScoredSound
from tifo_client._gen.models.scorer import Scorer
from tifo_client._gen.models.session import Session
from tifo_client._gen.models.signed_receipt import SignedReceipt
from tifo_client._gen.models.zone_second import ZoneSecond
from tifo_client._gen.types import File
from tifo_client.answers import given, rows, take
from tifo_client.arguments import several
from tifo_client.resources import Resource
from tifo_client.streams import AudioStream
from tifo_client.uploads import Source, opened


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

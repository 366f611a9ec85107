"""A session is made, and ended before its time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from apps.live_audio_feedback import queries
from apps.live_audio_feedback.events import SESSION_CREATED, SESSION_ENDED
from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.rules.window import State, state
from apps.live_audio_feedback.rules.zone_map import MappedZone, check_map
from apps.live_audio_feedback.services.following import close, open_, tell_of
from foundation.errors import Invalid
from foundation.ids import new_id
from tenants.models import Organisation

MOST_ZONES: Final = 64


@dataclass(frozen=True)
class Consent:
    """What the people who are heard were told and agreed to, as the organisation states it.

    `keep_audio`: that their sound may be kept; `learn`: that what is learnt of it serves other
    sessions; `statement`: where that stands, such as the terms of the ticket.
    """

    keep_audio: bool = False
    learn: bool = False
    statement: str = ""


@transaction.atomic
def create_session(
    *,
    organisation: Organisation,
    livemode: bool,
    name: str,
    zones: Sequence[str],
    ends_at: datetime,
    now: datetime,
    starts_at: datetime | None = None,
    event: str = "",
    zone_map: Sequence[MappedZone] = (),
    consent: Consent = Consent(),
) -> LiveSession:
    """A session that hears from `starts_at` (now, when not given) to `ends_at`.

    Raises Invalid for a window that is empty or over, for a zone that is named twice, and for a map
    of zones that the session does not have.
    """
    if starts_at is not None and ends_at <= starts_at:
        raise Invalid.field("/ends_at", "before-start", "ends_at must lie after starts_at.")
    if ends_at <= now:
        raise Invalid.field("/ends_at", "in-the-past", "ends_at must lie in the future.")
    for position, zone in enumerate(zones):
        if zone in zones[:position]:
            raise Invalid.field(f"/zones/{position}", "duplicate", f"Zone {zone!r} stands twice.")
    check_map(zone_map, zones)
    session = LiveSession.objects.create(
        id=new_id("ses", now),
        organisation=organisation,
        livemode=livemode,
        name=name,
        event=event,
        zones=list(zones),
        zone_map=[each._asdict() for each in zone_map],
        consent_keep_audio=consent.keep_audio,
        consent_learn=consent.learn,
        consent_statement=consent.statement,
        starts_at=starts_at or now,
        ends_at=ends_at,
        created_at=now,
    )
    tell_of(SESSION_CREATED, session, at=now, now=now)
    if state(session.window, now) is State.OPEN:
        open_(session, now=now)
    return session


@transaction.atomic
def end_session(
    *, organisation: Organisation, session_id: str, livemode: bool, now: datetime
) -> LiveSession:
    """End at once and for good; what has ended already stays as it is.

    Sockets that stream to the session are closed within a second.
    """
    queries.session(organisation, session_id, livemode=livemode)
    session = LiveSession.objects.select_for_update(no_key=True).get(pk=session_id)
    if state(session.window, now) not in {State.SCHEDULED, State.OPEN}:
        return session
    open_(session, now=now)  # if housekeeping has not told that yet
    session.ended_at = now
    session.save(update_fields=["ended_at"])
    tell_of(SESSION_ENDED, session, at=now, now=now)
    close(session, now=now)
    return session

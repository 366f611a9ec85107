"""Writes: sessions begin and end, and the scores of their zones are kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from apps.live_audio_feedback import queries
from apps.live_audio_feedback.events import (
    SESSION_CREATED,
    SESSION_ENDED,
    SessionData,
)
from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.rules.rollups import Second, Summary
from apps.live_audio_feedback.rules.window import State, state
from foundation.errors import Invalid
from foundation.events.catalogue import Durable
from foundation.events.services import tell
from foundation.events.sockets import Audience
from foundation.ids import new_id
from metering.services import SoFar, record_usage_so_far
from tenants.models import Organisation

MOST_ZONES = 64


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
) -> LiveSession:
    """A session that hears from `starts_at` (now, when not given) to `ends_at`.

    Raises Invalid for a window that is empty or over, and for a zone that is named twice.
    """
    if starts_at is not None and ends_at <= starts_at:
        raise Invalid.field("/ends_at", "before-start", "ends_at must lie after starts_at.")
    if ends_at <= now:
        raise Invalid.field("/ends_at", "in-the-past", "ends_at must lie in the future.")
    for position, zone in enumerate(zones):
        if zone in zones[:position]:
            raise Invalid.field(f"/zones/{position}", "duplicate", f"Zone {zone!r} stands twice.")
    session = LiveSession.objects.create(
        id=new_id("ses", now),
        organisation=organisation,
        livemode=livemode,
        name=name,
        zones=list(zones),
        starts_at=starts_at or now,
        ends_at=ends_at,
        created_at=now,
    )
    _tell(SESSION_CREATED, session, now)
    return session


@transaction.atomic
def end_session(
    *, organisation: Organisation, session_id: str, livemode: bool, now: datetime
) -> LiveSession:
    """End at once and for good; what has ended already stays as it is.

    Sockets that stream to the session are closed within a second.
    """
    session = queries.session(organisation, session_id, livemode=livemode)
    if state(session.window, now) is State.ENDED:
        return session
    session.ended_at = now
    session.save(update_fields=["ended_at"])
    _tell(SESSION_ENDED, session, now)
    return session


def _tell(event: Durable[SessionData], session: LiveSession, now: datetime) -> None:
    told = SessionData(session=session.pk, state=state(session.window, now), at=now.isoformat())
    tell(event, told, to=Audience(session.organisation_id, session.livemode), now=now)


@transaction.atomic
def keep_scores(*, rows: Mapping[Second, Summary], heard: Sequence[SoFar] = ()) -> None:
    """Write roll-ups, joining them with what another process kept of the same second.

    `heard` are the seconds of sound that each stream has come to, counted with them. Rows of
    sessions that are gone are left out: one deleted session must not hold up the others.
    """
    record_usage_so_far(heard)
    columns = [(*row, s.samples, s.mean, s.minimum, s.maximum) for row, s in rows.items()]
    if not columns:
        return
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [list(column) for column in zip(*columns, strict=True)])


_KEEP = """
    INSERT INTO live_audio_feedback_zonesecond AS kept
        (session_id, second, zone, samples, mean, minimum, maximum)
    SELECT new.*
    FROM unnest(%s::text[], %s::timestamptz[], %s::text[], %s::int[],
                %s::float8[], %s::float8[], %s::float8[])
        AS new (session_id, second, zone, samples, mean, minimum, maximum)
    JOIN live_audio_feedback_livesession AS session ON session.id = new.session_id
    ON CONFLICT (session_id, second, zone) DO UPDATE SET
        samples = kept.samples + excluded.samples,
        mean = (kept.mean * kept.samples + excluded.mean * excluded.samples)
            / (kept.samples + excluded.samples),
        minimum = least(kept.minimum, excluded.minimum),
        maximum = greatest(kept.maximum, excluded.maximum)
"""

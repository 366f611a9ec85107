"""Reads of sessions and scores, always within one organisation and mode."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from apps.live_audio_feedback.models import LiveSession, Receipt, ZoneSecond
from apps.live_audio_feedback.rules.window import check_open
from foundation.errors import BadRequest, Conflict, Fact, FieldError, NotFound, Retry
from tenants.models import Organisation


class UnknownZone(BadRequest):
    code = "unknown-zone"
    title = "The session has no such zone"
    meaning = "The audio, or the question, is for a zone that the session was not made with."
    remedy = "Use one of `zones`, or make the session with the zone."
    retry = Retry.NO
    members = {
        "zones": Fact(["north", "south"], "the session's zones"),
    }


class NotSealed(Conflict):
    code = "session-not-sealed"
    title = "The session has no receipt yet"
    meaning = (
        "A receipt is made once the session has closed and all that was heard is counted, some "
        "twenty seconds later; or it is a session of before there were receipts."
    )
    remedy = "Wait for the event `session.sealed`, or ask again a while after `closed_at`."
    retry = Retry.NO


def sessions(organisation: Organisation, *, livemode: bool) -> QuerySet[LiveSession]:
    return LiveSession.objects.filter(organisation=organisation, livemode=livemode)


def session(organisation: Organisation, session_id: str, *, livemode: bool) -> LiveSession:
    """The organisation's session, or NotFound: a foreign id and an absent id look the same."""
    found = sessions(organisation, livemode=livemode).filter(pk=session_id).first()
    if found is None:
        raise NotFound(f"No session {session_id}.")
    return found


def receipt(organisation: Organisation, session_id: str, *, livemode: bool) -> Receipt:
    """The session's receipt; raises NotFound or NotSealed."""
    found = session(organisation, session_id, livemode=livemode)
    made = Receipt.objects.filter(session=found).first()
    if made is None:
        raise NotSealed(f"Session {found.pk} is not sealed.")
    return made


def session_of_zone(
    organisation: Organisation, session_id: str, zone: str, *, livemode: bool
) -> LiveSession:
    """The session, which has this zone; raises NotFound or UnknownZone."""
    found = session(organisation, session_id, livemode=livemode)
    if zone not in found.zones:
        said = f"Zones are {', '.join(found.zones)}."
        told = FieldError("/zone", UnknownZone.code, said)
        raise UnknownZone(said, errors=[told], zones=found.zones)
    return found


def open_session(
    organisation: Organisation, session_id: str, zone: str, *, livemode: bool, now: datetime
) -> LiveSession:
    """The session that hears this zone now; raises NotFound, UnknownZone or OutsideWindow."""
    found = session_of_zone(organisation, session_id, zone, livemode=livemode)
    check_open(found.window, now)
    return found


def seconds(
    session: LiveSession,
    *,
    zone: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: tuple[datetime, str] | None = None,
) -> QuerySet[ZoneSecond]:
    """The roll-ups in [since, until), oldest first; `after` is the last row already seen."""
    rows = ZoneSecond.objects.filter(session=session)
    if zone is not None:
        rows = rows.filter(zone=zone)
    if since is not None:
        rows = rows.filter(second__gte=since)
    if until is not None:
        rows = rows.filter(second__lt=until)
    if after is not None:
        second, name = after
        rows = rows.filter(Q(second__gt=second) | Q(second=second, zone__gt=name))
    return rows.order_by("second", "zone")


def ended(session_ids: Collection[str]) -> dict[str, datetime]:
    """Which of these sessions (of any organisation) were ended by a call, and when."""
    rows = LiveSession.objects.filter(pk__in=session_ids, ended_at__isnull=False)
    return {row.pk: row.ended_at for row in rows if row.ended_at is not None}

"""Reads of flows, always from the organisation's session."""

from collections.abc import Collection
from datetime import UTC, datetime

from django.db.models import Avg, QuerySet

from apps.live_audio_feedback import queries as live
from apps.live_audio_feedback.flow.models import Decision, Flow, Learning, Play
from apps.live_audio_feedback.flow.rules.bandit import Response
from apps.live_audio_feedback.flow.rules.context import Sample
from apps.live_audio_feedback.flow.rules.state import Mode, State
from apps.live_audio_feedback.flow.rules.tracks import Track, load_track
from apps.live_audio_feedback.models import LiveSession, ZoneSecond
from tenants.models import Organisation

MOST_PLAYS = 500


def flow(organisation: Organisation, session_id: str, *, livemode: bool) -> Flow:
    """The flow of the organisation's session, a blank one before it has begun; or NotFound."""
    session = live.session(organisation, session_id, livemode=livemode)
    found = Flow.objects.select_related("session").filter(session=session).first()
    return found or blank(session, session.created_at)


def blank(session: LiveSession, now: datetime) -> Flow:
    """A flow that is not saved: the selector is off, and the pool is empty."""
    return Flow(session=session, state=State().dump(), created_at=now)


def pool(flow: Flow) -> list[Track]:
    return [load_track(each) for each in flow.pool]


def listening(session_ids: Collection[str]) -> list[str]:
    """Those of the sessions whose selector is not off."""
    found = Flow.objects.filter(pk__in=session_ids).exclude(mode=Mode.OFF)
    return list(found.values_list("pk", flat=True))


def samples(session_id: str, since: datetime, until: datetime) -> list[Sample]:
    """The session's score by second in [since, until), oldest first: the mean of its zones.

    A second counts at its end, once it was heard.
    """
    rows = (
        ZoneSecond.objects.filter(session_id=session_id, second__gte=since, second__lt=until)
        .values("second")
        .annotate(score=Avg("mean"))
        .order_by("second")
    )
    return [Sample(row["second"].timestamp() + 1, row["score"]) for row in rows]


def responses(session_id: str) -> list[Response]:
    """What the session's plays have taught, the newest 500, oldest first."""
    rows = Play.objects.filter(session_id=session_id, reward__isnull=False)
    newest = list(rows.order_by("-began_at")[:MOST_PLAYS])
    return [Response(row.track, tuple(row.numbers), row.reward or 0.0) for row in newest[::-1]]


def decisions(session: LiveSession, after: int) -> QuerySet[Decision]:
    """The log behind the decision of that number, oldest first."""
    return Decision.objects.filter(session=session, number__gt=after).order_by("number")


def learning(organisation: Organisation, *, livemode: bool) -> Learning:
    """What the organisation has said of learning; by default that there is none."""
    mine = Learning.objects.filter(organisation=organisation, livemode=livemode).first()
    return mine or Learning(
        organisation=organisation, livemode=livemode, changed_at=organisation.created_at
    )


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)

"""The one way in which a flow changes: under its lock, with a line in the log and an event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.live_audio_feedback.flow import queries
from apps.live_audio_feedback.flow.events import FLOW_CHANGED, FlowData
from apps.live_audio_feedback.flow.models import Decision, Flow, Learning, Play
from apps.live_audio_feedback.flow.rules.bandit import Prior
from apps.live_audio_feedback.flow.rules.state import State
from apps.live_audio_feedback.models import LiveSession
from foundation.errors import Conflict, Fact, FieldError, Retry
from foundation.events.services import tell
from foundation.events.sockets import Audience


class FlowChanged(Conflict):
    code = "flow-changed"
    title = "The flow has changed since it was read"
    meaning = "The command named the `version` that it was made for, and the flow is further on."
    remedy = "Read the flow, look whether the command still makes sense, and send it again."
    retry = Retry.NO
    members = {"version": Fact(18, "the version that the flow has now")}
    pointed = [FieldError("/version", "flow-changed", "The flow has version 18.")]


@dataclass(frozen=True)
class Line:
    """What the log will say: who did what to which track, and what else there is to know."""

    by: str
    action: str
    track: str = ""
    outcome: str = "done"
    detail: Mapping[str, Any] = field(default_factory=dict)
    key_id: str = ""


Step = Callable[[Flow, State], tuple[State, Line]]


@transaction.atomic
def change(session: LiveSession, step: Step, *, now: datetime, version: int | None = None) -> Flow:
    """Take a step from the state that the flow has now, and write down what came of it.

    Raises FlowChanged where `version` is given and is not the flow's, and what the step raises.
    """
    flow = _locked(session, now)
    state = flow.state_now()
    if version is not None and version != state.version:
        said = f"The flow has version {state.version}."
        told = [FieldError("/version", FlowChanged.code, said)]
        raise FlowChanged(said, errors=told, version=state.version)
    after, line = step(flow, state)
    if after.playing != state.playing:
        _played(flow, state, after, now)
    flow.state, flow.version, flow.mode = after.dump(), after.version, after.mode
    flow.decisions += 1
    flow.save()
    Decision.objects.create(
        session=session,
        number=flow.decisions,
        at=now,
        by=line.by,
        action=line.action,
        track=line.track,
        outcome=line.outcome,
        version=after.version,
        detail=dict(line.detail),
        key_id=line.key_id,
    )
    if after.version != state.version:
        _tell(flow, line, now)
    return flow


def _locked(session: LiveSession, now: datetime) -> Flow:
    """The session's flow, made if it is the first time; nobody else changes it meanwhile."""
    flow = Flow.objects.select_for_update().filter(session=session).first()
    if flow is None:
        made = queries.blank(session, now)
        made.prior = _prior(session)
        Flow.objects.bulk_create([made], ignore_conflicts=True)
        flow = Flow.objects.select_for_update().get(session=session)
    flow.session = session
    return flow


def _prior(session: LiveSession) -> dict[str, Any]:
    """What earlier sessions have taught, bounded; nothing without consent."""
    mine = Learning.objects.filter(
        organisation=session.organisation_id, livemode=session.livemode, across_sessions=True
    ).first()
    return Prior.load(mine.prior).carried().dump() if mine is not None else {}


def _played(flow: Flow, before: State, after: State, now: datetime) -> None:
    """The end of what played, and the beginning of what plays: looked at later, not here."""
    Play.objects.filter(session=flow.session, ended_at=None).update(ended_at=now)
    if after.playing is None:
        return
    known = {each["id"]: each["features"] for each in flow.pool}
    features = known.get(after.playing.track)
    if features is not None:  # of a track that has left the pool nothing can be learnt
        Play.objects.create(
            session=flow.session,
            track=after.playing.track,
            features=features,
            after=known.get(before.playing.track) if before.playing else None,
            began_at=now,
        )


def _tell(flow: Flow, line: Line, now: datetime) -> None:
    told = FlowData(
        session=flow.session_id,
        version=flow.version,
        by=line.by,
        action=line.action,
        track=line.track,
        outcome=line.outcome,
        at=now.isoformat(),
        flow=flow.state,
    )
    audience = Audience(flow.session.organisation_id, flow.session.livemode)
    tell(FLOW_CHANGED, told, to=audience, now=now)

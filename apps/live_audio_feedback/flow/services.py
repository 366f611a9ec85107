"""Writes that the artist asks for: commands, settings, the pool, and whether sessions teach."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.live_audio_feedback.flow.chat import endpoint_here
from apps.live_audio_feedback.flow.log import Line, change
from apps.live_audio_feedback.flow.models import Flow, Learning
from apps.live_audio_feedback.flow.rules.commands import Action, Command, command
from apps.live_audio_feedback.flow.rules.settings import LLM
from apps.live_audio_feedback.flow.rules.state import State
from apps.live_audio_feedback.flow.rules.tracks import Track, dump_track
from apps.live_audio_feedback.models import LiveSession
from foundation.errors import Invalid
from tenants.models import Organisation

MOST_TRACKS = 300
ARTIST = "artist"
# What does not ask for a track must still say in the log which one it was.
_OF_THE_PROPOSAL = frozenset({Action.ACCEPT, Action.REJECT})
_BEGINS = frozenset({Action.SKIP, Action.ENDED})


def obey(
    *,
    session: LiveSession,
    asked: Command,
    now: datetime,
    key_id: str = "",
    version: int | None = None,
) -> Flow:
    """Do what the artist says, at once: no selector is asked, and none can hold it up.

    Raises what `commands.command` raises, and FlowChanged.
    """

    def step(flow: Flow, state: State) -> tuple[State, Line]:
        pool = [each["id"] for each in flow.pool]
        after = command(state, asked, now.timestamp(), pool, flow.settings_now().veto_s)
        line = Line(
            ARTIST, asked.action, _track_of(asked, state, after), detail=_said(asked), key_id=key_id
        )
        return after, line

    return change(session, step, now=now, version=version)


def configure(
    *, session: LiveSession, changes: Mapping[str, Any], now: datetime, key_id: str = ""
) -> Flow:
    """Change some of the settings; proposals that were computed by the old ones are too late.

    Raises Invalid for a language model where the operator has none.
    """
    if changes.get("selector") == LLM and endpoint_here() is None:
        said = "This platform has no language model: its operator sets TIFO_FLOW_LLM_URL."
        raise Invalid.field("/selector", "no-language-model", said)

    def step(flow: Flow, state: State) -> tuple[State, Line]:
        flow.settings = (flow.settings_now().dump()) | dict(changes)
        line = Line(ARTIST, "configure", detail=dict(changes), key_id=key_id)
        return replace(state, version=state.version + 1), line

    return change(session, step, now=now)


def set_pool(
    *, session: LiveSession, tracks: Sequence[Track], now: datetime, key_id: str = ""
) -> Flow:
    """The tracks that the selector may choose from, in place of those before.

    What waits in the queue stays there, whether it is among them or not; a proposal of a track
    that is not is withdrawn. Raises Invalid for an id that stands twice.
    """
    ids = [each.id for each in tracks]
    for at, each in enumerate(ids):
        if each in ids[:at]:
            raise Invalid.field(f"/tracks/{at}/id", "duplicate", f"Track {each!r} stands twice.")

    def step(flow: Flow, state: State) -> tuple[State, Line]:
        flow.pool = [dump_track(each) for each in tracks]
        if state.proposal is not None and state.proposal.track not in ids:
            state = replace(state, proposal=None)
        line = Line(ARTIST, "pool", detail={"tracks": len(ids)}, key_id=key_id)
        return replace(state, version=state.version + 1), line

    return change(session, step, now=now)


@transaction.atomic
def let_learn(
    *, organisation: Organisation, livemode: bool, across_sessions: bool, now: datetime
) -> Learning:
    """Whether sessions teach later ones. Without consent all that was learnt so is deleted, also
    from the sessions that began with it."""
    kept, _ = Learning.objects.select_for_update().get_or_create(
        organisation=organisation, livemode=livemode, defaults={"changed_at": now}
    )
    if kept.across_sessions != across_sessions:
        kept.across_sessions, kept.changed_at, kept.prior = across_sessions, now, {}
        kept.save()
        mine = Flow.objects.filter(session__organisation=organisation, session__livemode=livemode)
        mine.exclude(prior={}).update(prior={})
    return kept


def _track_of(asked: Command, before: State, after: State) -> str:
    if asked.action in _OF_THE_PROPOSAL and before.proposal is not None:
        return before.proposal.track
    if asked.action in _BEGINS:
        return after.playing.track if after.playing is not None else ""
    return asked.track


def _said(asked: Command) -> dict[str, Any]:
    """The command's own members, but for those that it does not use."""
    return {
        name: value
        for name, value in asdict(asked).items()
        if value not in ("", None) and name != "action"
    }

"""The selector at work: it looks at the crowd, computes beside every lock, and then offers.

Between the look and the offer the artist may do anything; what comes too late is discarded, and the
log says so.
"""

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from statistics import fmean

from django.db import transaction

from apps.live_audio_feedback.flow import queries
from apps.live_audio_feedback.flow.log import Line, change
from apps.live_audio_feedback.flow.models import Flow, Learning, Play
from apps.live_audio_feedback.flow.rules.bandit import Prior, Response
from apps.live_audio_feedback.flow.rules.context import (
    NOW_S,
    TREND_S,
    Context,
    Sample,
    context_of,
    numbers,
)
from apps.live_audio_feedback.flow.rules.mood import follow
from apps.live_audio_feedback.flow.rules.offers import (
    Outcome,
    candidates,
    for_kind,
    offer,
    wanted,
)
from apps.live_audio_feedback.flow.rules.responses import reward
from apps.live_audio_feedback.flow.rules.state import Kind, Proposal, State
from apps.live_audio_feedback.flow.rules.tracks import Features, Track
from apps.live_audio_feedback.flow.selecting import select
from foundation.ids import new_id

SELECTOR = "selector"
_MINUTE = timedelta(seconds=TREND_S)


def answer(flow: Flow, *, now: datetime, seed: int | None = None) -> Outcome | None:
    """Look at the crowd and offer what is wanted; what became of it, or None if nothing is.

    `seed` decides the draw, and stands in the log with it.
    """
    judge(flow, now=now)
    heard = queries.samples(flow.session_id, now - _MINUTE, now)
    state, choice = flow.state_now(), flow.settings_now().choice
    if not state.listens:
        return None  # nor does a cooldown begin that the artist has not seen
    due = _follow(flow, heard, now)
    kind = wanted(state, choice, due)
    if kind is None:
        return None
    tracks = queries.pool(flow)
    free = for_kind(candidates(tracks, state, choice, now.timestamp()), kind)
    if not free:
        return None
    context = context_of(heard, now.timestamp(), _playing(state, tracks))
    seed = secrets.randbits(63) if seed is None else seed
    outcome = put(flow, _chosen(flow, state, kind, free, context, seed, now), seed=seed, now=now)
    if kind is Kind.RECOVERY and outcome is Outcome.STALE:
        Flow.objects.filter(pk=flow.pk).update(mood=flow.mood)  # due again: it came to nothing
    return outcome


def put(flow: Flow, found: Proposal, *, seed: int, now: datetime) -> Outcome:
    """Offer what was computed from `flow` as it was read; the artist may have been faster."""
    seen = flow.version
    became: list[Outcome] = []

    def step(current: Flow, state: State) -> tuple[State, Line]:
        after, outcome = offer(state, found, seen, current.settings_now().choice, now.timestamp())
        became.append(outcome)
        detail = {
            "proposal": found.id,
            "kind": found.kind,
            "seen": seen,
            "seed": str(seed),
            "reasons": list(found.reasons),
        }
        return after, Line(SELECTOR, "offer", found.track, outcome, detail)

    change(flow.session, step, now=now)
    return became[0]


def judge(flow: Flow, *, now: datetime) -> None:
    """Find out how the crowd answered the plays that are over, each once."""
    over = Play.objects.filter(session=flow.session, judged=False, ended_at__isnull=False)
    for play_id in over.values_list("pk", flat=True):
        _judge(flow, play_id)


@transaction.atomic
def _judge(flow: Flow, play_id: int) -> None:
    play = Play.objects.select_for_update().filter(pk=play_id, judged=False).first()
    if play is None or play.ended_at is None:
        return  # another process was faster
    before = queries.samples(flow.session_id, play.began_at - _MINUTE, play.began_at)
    during = queries.samples(flow.session_id, play.began_at, play.ended_at)
    began = play.began_at.timestamp()
    after = Features(**play.after) if play.after is not None else None
    context = context_of(before, began, after)
    play.judged = True
    play.reward = reward(during, began, play.ended_at.timestamp())
    play.numbers = numbers(Features(**play.features), context).tolist()
    play.save(update_fields=["judged", "reward", "numbers"])
    if play.reward is not None:
        _teach(flow, Response(play.track, tuple(play.numbers), play.reward))


def _teach(flow: Flow, response: Response) -> None:
    """Later sessions too, if the organisation consents at this moment."""
    session = flow.session
    mine = (
        Learning.objects.select_for_update()
        .filter(
            organisation=session.organisation_id, livemode=session.livemode, across_sessions=True
        )
        .first()
    )
    if mine is not None:
        mine.prior = Prior.load(mine.prior).with_more([response]).dump()
        mine.save(update_fields=["prior"])


def _follow(flow: Flow, heard: Sequence[Sample], now: datetime) -> bool:
    """Whether recovery is due; of several processes that look at once, for one of them."""
    at = now.timestamp()
    newest = [each.score for each in heard if each.at >= at - NOW_S]
    score = fmean(newest) if newest else None
    mood, due = follow(flow.mood_now(), score, at, flow.settings_now().mood)
    if asdict(mood) == asdict(flow.mood_now()):
        return due
    unchanged = Flow.objects.filter(pk=flow.pk, mood=flow.mood)
    first = unchanged.update(mood=asdict(mood)) == 1
    return due and first


def _chosen(
    flow: Flow,
    state: State,
    kind: Kind,
    free: list[Track],
    context: Context,
    seed: int,
    now: datetime,
) -> Proposal:
    track, reasons = select(flow, free, kind, context, seed)
    return Proposal(
        id=new_id("prp", now),
        track=track,
        kind=kind,
        after=state.playing.track if state.playing is not None else "",
        at=now.timestamp(),
        reasons=reasons,
    )


def _playing(state: State, tracks: list[Track]) -> Features | None:
    if state.playing is None:
        return None
    playing = state.playing.track
    return next((each.features for each in tracks if each.id == playing), None)

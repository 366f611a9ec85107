"""Which of the tracks that may be offered: the bandit's, or the language model's if it answers."""

import numpy as np

from apps.live_audio_feedback.flow import queries
from apps.live_audio_feedback.flow.chat import complete, endpoint_here
from apps.live_audio_feedback.flow.models import Flow
from apps.live_audio_feedback.flow.rules.bandit import Prior, Ranked, rank
from apps.live_audio_feedback.flow.rules.context import Context
from apps.live_audio_feedback.flow.rules.questions import Answer, NoAnswer, question, read
from apps.live_audio_feedback.flow.rules.reasons import Reason, of_ranking, reason
from apps.live_audio_feedback.flow.rules.settings import LLM
from apps.live_audio_feedback.flow.rules.state import Kind
from apps.live_audio_feedback.flow.rules.tracks import Track


def select(
    flow: Flow, free: list[Track], kind: Kind, context: Context, seed: int
) -> tuple[str, tuple[Reason, ...]]:
    """The track and its reasons, within a second; `free` is not empty."""
    chances = np.random.default_rng(seed)
    learnt = queries.responses(flow.session_id)
    ranked = rank(free, context, learnt, chances, Prior.load(flow.prior))
    if flow.settings_now().selector != LLM:
        return ranked[0].track, of_ranking(ranked, kind, context)
    try:
        answer = _ask(free, ranked, kind, context)
    except NoAnswer as none:
        said = reason("fallback", f"The bandit's choice. Of the language model: {none}.")
        return ranked[0].track, (*of_ranking(ranked, kind, context), said)
    chosen = [each for each in ranked if each.track == answer.track]
    said = reason("model", answer.reason)
    return answer.track, (*of_ranking(chosen, kind, context), said)


def _ask(tracks: list[Track], ranked: list[Ranked], kind: Kind, context: Context) -> Answer:
    endpoint = endpoint_here()
    if endpoint is None:
        raise NoAnswer("there is none any more")
    asked = question(endpoint.model, tracks, ranked, kind, context)
    return read(complete(endpoint, asked), asked)

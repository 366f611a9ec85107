"""What the selector may do: offer a track, from the state that it has seen. The artist comes first.

An offer never changes the mode, the lock, vetoes, the blacklist, what plays, or an entry of the
artist's, nor its place; one that was computed from an older state changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from apps.live_audio_feedback.flow.rules.state import By, Entry, Kind, Mode, Proposal, State
from apps.live_audio_feedback.flow.rules.tracks import Track

REPEAT_AFTER_S: Final = 3_600.0
AHEAD: Final = 1


class Recovery(StrEnum):
    """What the artist wants of a recovery track. In `suggest` an insertion is a proposal too."""

    OFF = "off"
    PROPOSE = "propose"
    INSERT = "insert"


class Outcome(StrEnum):
    """What became of an offer."""

    PROPOSED = "proposed"
    QUEUED = "queued"
    STALE = "stale"  # the state has changed since it was computed
    CLOSED = "closed"  # the selector is off, locked out, or asked for nothing
    EXCLUDED = "excluded"  # the track may not be offered now


@dataclass(frozen=True, slots=True)
class Choice:
    """What the artist has chosen of the selector: seconds until a repeat, tracks queued ahead."""

    recovery: Recovery = Recovery.PROPOSE
    repeat_after_s: float = REPEAT_AFTER_S
    ahead: int = AHEAD


def wanted(state: State, choice: Choice, recovery_due: bool = False) -> Kind | None:
    """What the selector should offer in this state, if anything."""
    if not state.listens:
        return None
    if recovery_due and choice.recovery is not Recovery.OFF:
        return Kind.RECOVERY
    if state.mode is Mode.AUTO:
        return Kind.NEXT if len(state.queue) < choice.ahead else None
    after = state.playing.track if state.playing else ""
    if state.proposal is None or state.proposal.after != after:
        return Kind.NEXT
    return None


def candidates(tracks: Iterable[Track], state: State, choice: Choice, at: float) -> list[Track]:
    """The tracks that may be offered: none vetoed, blacklisted, waiting, playing or just played."""
    return [each for each in tracks if _may(state, each.id, choice, at)]


def for_kind(tracks: list[Track], kind: Kind) -> list[Track]:
    """For recovery the tracks that the artist marked for it, or all where none is left."""
    marked = [each for each in tracks if each.recovery]
    return marked if kind is Kind.RECOVERY and marked else tracks


def offer(
    state: State, found: Proposal, seen: int, choice: Choice, at: float
) -> tuple[State, Outcome]:
    """The state after an offer that was computed from version `seen`, and what became of it."""
    if state.version != seen:
        return state, Outcome.STALE
    if not state.listens or (found.kind is Kind.RECOVERY and choice.recovery is Recovery.OFF):
        return state, Outcome.CLOSED
    if not _may(state, found.track, choice, at):
        return state, Outcome.EXCLUDED
    changed = replace(state, version=state.version + 1)
    if _queues(state, found.kind, choice):
        return replace(changed, queue=_queued(state, found)), Outcome.QUEUED
    return replace(changed, proposal=found), Outcome.PROPOSED


def _queues(state: State, kind: Kind, choice: Choice) -> bool:
    if state.mode is not Mode.AUTO:
        return False
    return kind is Kind.NEXT or choice.recovery is Recovery.INSERT


def _queued(state: State, found: Proposal) -> tuple[Entry, ...]:
    """A next track comes last; recovery before what the selector queued, behind the artist's."""
    entry = Entry(found.track, By.SELECTOR)
    if found.kind is Kind.NEXT:
        return (*state.queue, entry)
    place = max((at + 1 for at, each in enumerate(state.queue) if each.by is By.ARTIST), default=0)
    return (*state.queue[:place], entry, *state.queue[place:])


def _may(state: State, track: str, choice: Choice, at: float) -> bool:
    if track in state.blacklist or state.vetoes.get(track, at) > at:
        return False
    if state.position(track) is not None:
        return False
    if state.playing is not None and state.playing.track == track:
        return False
    began = state.played.get(track)
    return began is None or at - began >= choice.repeat_after_s

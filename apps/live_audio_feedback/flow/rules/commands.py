"""What the artist does: each command is a step from one state to the next, and always taken.

Nothing here asks a selector, so a command works the same whether one answers or not.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from apps.live_audio_feedback.flow.rules.refusals import NoSuchProposal, NotQueued, UnknownTrack
from apps.live_audio_feedback.flow.rules.state import By, Entry, Mode, Playing, State
from foundation.errors import Invalid

VETO_S: Final = 1_800.0


class Action(StrEnum):
    """The artist's words, and the player's: `play` and `ended` tell what sounds."""

    MODE = "mode"
    LOCK = "lock"
    UNLOCK = "unlock"
    PIN = "pin"
    MOVE = "move"
    REMOVE = "remove"
    VETO = "veto"
    BLACKLIST = "blacklist"
    ALLOW = "allow"
    ACCEPT = "accept"
    REJECT = "reject"
    PLAY = "play"
    SKIP = "skip"
    ENDED = "ended"
    PANIC = "panic"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class Command:
    """`track`, `position` (from 0), `mode` and `proposal` as far as the action has a use for them.

    A position behind the last one is the last one.
    """

    action: Action
    track: str = ""
    position: int = 0
    mode: Mode | None = None
    proposal: str = ""


def command(
    state: State, asked: Command, at: float, pool: Collection[str], veto_s: float = VETO_S
) -> State:
    """The state after the command, one version on.

    Raises Invalid where a member is missing, UnknownTrack, NotQueued or NoSuchProposal.
    """
    if asked.action in _OF_A_TRACK:
        if not asked.track:
            raise Invalid.field("/track", "required", f"{asked.action} needs a track.")
        known = asked.track in pool or asked.track in state.blacklist
        if not known and state.position(asked.track) is None:
            raise UnknownTrack.of(asked.track)
    step = _STEPS[asked.action]
    return replace(step(state, asked, at, veto_s), version=state.version + 1)


def _mode(state: State, asked: Command, at: float, veto_s: float) -> State:
    if asked.mode is None:
        raise Invalid.field("/mode", "required", "mode needs a mode: off, suggest or auto.")
    state = replace(state, mode=asked.mode, proposal=None)
    return state if asked.mode is Mode.AUTO else _only_the_artists(state)


def _lock(state: State, asked: Command, at: float, veto_s: float) -> State:
    return replace(state, locked=True)


def _unlock(state: State, asked: Command, at: float, veto_s: float) -> State:
    return replace(state, locked=False)


def _pin(state: State, asked: Command, at: float, veto_s: float) -> State:
    rest = _without(state, asked.track)
    queue = list(rest.queue)
    queue.insert(asked.position, Entry(asked.track, By.ARTIST))
    return replace(rest, queue=tuple(queue))


def _move(state: State, asked: Command, at: float, veto_s: float) -> State:
    """What the artist has moved is the artist's from then on."""
    _queued(state, asked.track)
    return _pin(state, asked, at, veto_s)


def _remove(state: State, asked: Command, at: float, veto_s: float) -> State:
    _queued(state, asked.track)
    return _without(state, asked.track)


def _veto(state: State, asked: Command, at: float, veto_s: float) -> State:
    running = {track: ends for track, ends in state.vetoes.items() if ends > at}
    return replace(_without(state, asked.track), vetoes=running | {asked.track: at + veto_s})


def _blacklist(state: State, asked: Command, at: float, veto_s: float) -> State:
    return replace(_without(state, asked.track), blacklist=state.blacklist | {asked.track})


def _allow(state: State, asked: Command, at: float, veto_s: float) -> State:
    vetoes = {track: ends for track, ends in state.vetoes.items() if track != asked.track}
    return replace(state, vetoes=vetoes, blacklist=state.blacklist - {asked.track})


def _accept(state: State, asked: Command, at: float, veto_s: float) -> State:
    track = _proposed(state, asked)
    return _pin(state, replace(asked, track=track), at, veto_s)


def _reject(state: State, asked: Command, at: float, veto_s: float) -> State:
    return _veto(state, replace(asked, track=_proposed(state, asked)), at, veto_s)


def _play(state: State, asked: Command, at: float, veto_s: float) -> State:
    place = state.position(asked.track)
    by = By.ARTIST if place is None else state.queue[place].by
    return _begin(_without(state, asked.track), asked.track, by, at)


def _next(state: State, asked: Command, at: float, veto_s: float) -> State:
    """The first of the queue begins; where none waits, nothing plays."""
    if not state.queue:
        return replace(state, playing=None)
    first = state.queue[0]
    return _begin(_without(state, first.track), first.track, first.by, at)


def _panic(state: State, asked: Command, at: float, veto_s: float) -> State:
    """The artist alone: the selector is off and locked out, and what it had queued is gone."""
    calm = replace(state, mode=Mode.OFF, locked=True, panicked=True, proposal=None)
    return _only_the_artists(calm)


def _resume(state: State, asked: Command, at: float, veto_s: float) -> State:
    """After a panic: unlocked, and still off until the artist says otherwise."""
    return replace(state, locked=False, panicked=False)


def _begin(state: State, track: str, by: By, at: float) -> State:
    played = {**state.played, track: at}
    return replace(state, playing=Playing(track, at, by), played=played)


def _without(state: State, track: str) -> State:
    proposal = state.proposal
    if proposal is not None and proposal.track == track:
        proposal = None
    queue = tuple(each for each in state.queue if each.track != track)
    return replace(state, queue=queue, proposal=proposal)


def _only_the_artists(state: State) -> State:
    return replace(state, queue=tuple(each for each in state.queue if each.by is By.ARTIST))


def _queued(state: State, track: str) -> None:
    if state.position(track) is None:
        raise NotQueued.of(track)


def _proposed(state: State, asked: Command) -> str:
    if state.proposal is None or state.proposal.id != asked.proposal:
        current = state.proposal.id if state.proposal is not None else None
        raise NoSuchProposal.of(asked.proposal, current)
    return state.proposal.track


_OF_A_TRACK: Final = frozenset(
    {
        Action.PIN, Action.MOVE, Action.REMOVE, Action.VETO, Action.BLACKLIST, Action.ALLOW,
        Action.PLAY,
    }
)  # fmt: skip
_STEPS: Final[dict[Action, Callable[[State, Command, float, float], State]]] = {
    Action.MODE: _mode,
    Action.LOCK: _lock,
    Action.UNLOCK: _unlock,
    Action.PIN: _pin,
    Action.MOVE: _move,
    Action.REMOVE: _remove,
    Action.VETO: _veto,
    Action.BLACKLIST: _blacklist,
    Action.ALLOW: _allow,
    Action.ACCEPT: _accept,
    Action.REJECT: _reject,
    Action.PLAY: _play,
    Action.SKIP: _next,
    Action.ENDED: _next,
    Action.PANIC: _panic,
    Action.RESUME: _resume,
}

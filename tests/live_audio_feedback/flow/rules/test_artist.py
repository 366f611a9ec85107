"""The artist always wins: whatever is commanded and offered, in whatever order."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.live_audio_feedback.flow.rules.commands import VETO_S, Action, Command, command
from apps.live_audio_feedback.flow.rules.offers import (
    Choice,
    Outcome,
    Recovery,
    candidates,
    for_kind,
    offer,
    wanted,
)
from apps.live_audio_feedback.flow.rules.refusals import NoSuchProposal, NotQueued, UnknownTrack
from apps.live_audio_feedback.flow.rules.state import By, Entry, Kind, Mode, Proposal, State
from apps.live_audio_feedback.flow.rules.tracks import Features, Track
from foundation.errors import Invalid, TifoError

POOL = [f"t{n}" for n in range(6)]
TRACKS = [Track(each, Features(120, 0.5), recovery=each == "t5") for each in POOL]
REPEATS = Choice(repeat_after_s=0)

commands = st.builds(
    Command,
    action=st.sampled_from(Action),
    track=st.sampled_from(POOL),
    position=st.integers(0, 7),
    mode=st.sampled_from(Mode),
    proposal=st.sampled_from(["p0", "p1"]),
)
choices = st.builds(
    Choice,
    recovery=st.sampled_from(Recovery),
    repeat_after_s=st.sampled_from([0.0, 50.0]),
    ahead=st.integers(1, 3),
)
offers = st.builds(
    Proposal,
    id=st.sampled_from(["p0", "p1"]),
    track=st.sampled_from(POOL),
    kind=st.sampled_from(Kind),
    after=st.just(""),
    at=st.just(0.0),
)
steps = st.lists(st.one_of(commands, offers), max_size=20)


def obeyed(state: State, asked: Command, at: float) -> State:
    """The state after a command, or the same where it is refused."""
    try:
        return command(state, asked, at, POOL)
    except TifoError:
        return state


def after(moves: list[Command | Proposal], choice: Choice) -> State:
    state = State()
    for at, move in enumerate(moves):
        if isinstance(move, Command):
            state = obeyed(state, move, float(at))
        else:
            state, _ = offer(state, move, state.version, choice, float(at))
    return state


def artists(state: State) -> list[tuple[int, str]]:
    return [(at, each.track) for at, each in enumerate(state.queue) if each.by is By.ARTIST]


def proposal(track: str = "t0", kind: Kind = Kind.NEXT, id_: str = "p0") -> Proposal:
    return Proposal(id_, track, kind, "", 0.0)


def do(state: State, *asked: Command, at: float = 0.0) -> State:
    for each in asked:
        state = command(state, each, at, POOL)
    return state


def offered(state: State, at: float) -> set[str]:
    return {each.id for each in candidates(TRACKS, state, REPEATS, at)}


def say(action: Action, track: str = "", **more: Any) -> Command:
    return Command(action, track, **more)


AUTO = do(State(), say(Action.MODE, mode=Mode.AUTO))
SUGGEST = do(State(), say(Action.MODE, mode=Mode.SUGGEST))


class TestAnOffer:
    @settings(max_examples=60, deadline=None)
    @given(steps, offers, choices)
    def test_leaves_all_that_is_the_artists(
        self, moves: list[Command | Proposal], found: Proposal, choice: Choice
    ) -> None:
        before = after(moves, choice)
        now, outcome = offer(before, found, before.version, choice, float(len(moves)))
        theirs = ("mode", "locked", "panicked", "playing", "vetoes", "blacklist", "played")
        assert all(getattr(now, name) == getattr(before, name) for name in theirs)
        assert artists(now) == artists(before)
        assert [each for each in now.queue if each in before.queue] == list(before.queue)
        if outcome not in (Outcome.PROPOSED, Outcome.QUEUED):
            assert now is before
        if outcome is Outcome.QUEUED:
            assert before.mode is Mode.AUTO
            assert now.proposal == before.proposal
        if outcome is Outcome.PROPOSED:
            assert now.queue == before.queue

    @settings(max_examples=50, deadline=None)
    @given(steps, offers, commands, choices)
    def test_from_an_older_state_is_nothing(
        self, moves: list[Command | Proposal], found: Proposal, asked: Command, choice: Choice
    ) -> None:
        seen = after(moves, choice)
        state = obeyed(seen, asked, 99.0)
        now, outcome = offer(state, found, seen.version, choice, 99.0)
        assert (now is state and outcome is Outcome.STALE) or state is seen

    @settings(max_examples=50, deadline=None)
    @given(steps, offers, choices)
    def test_is_nothing_while_off_locked_or_panicked(
        self, moves: list[Command | Proposal], found: Proposal, choice: Choice
    ) -> None:
        state = after(moves, choice)
        for shut in (
            replace(state, mode=Mode.OFF),
            replace(state, locked=True),
            replace(state, panicked=True),
        ):
            assert offer(shut, found, shut.version, choice, 99.0) == (shut, Outcome.CLOSED)
            assert wanted(shut, choice, recovery_due=True) is None

    @settings(max_examples=60, deadline=None)
    @given(steps, choices)
    def test_never_brings_what_is_excluded(
        self, moves: list[Command | Proposal], choice: Choice
    ) -> None:
        state, at = after(moves, choice), float(len(moves))
        for each in candidates(TRACKS, state, choice, at):
            assert each.id not in state.blacklist
            assert state.vetoes.get(each.id, 0.0) <= at
            assert state.position(each.id) is None
            assert not (state.playing and state.playing.track == each.id)
        for barred in set(POOL) - {t.id for t in candidates(TRACKS, state, choice, at)}:
            now, _ = offer(state, proposal(barred), state.version, choice, at)
            assert now is state

    def test_of_recovery_goes_before_the_selectors_and_behind_the_artists(self) -> None:
        state = do(AUTO, say(Action.PIN, "t1"))
        state, _ = offer(state, proposal("t2"), state.version, REPEATS, 0.0)
        insert = replace(REPEATS, recovery=Recovery.INSERT)
        state, outcome = offer(state, proposal("t5", Kind.RECOVERY), state.version, insert, 0.0)
        assert outcome is Outcome.QUEUED
        assert [each.track for each in state.queue] == ["t1", "t5", "t2"]

    def test_of_recovery_is_proposed_where_the_artist_wants_it_so(self) -> None:
        state, outcome = offer(AUTO, proposal("t5", Kind.RECOVERY), AUTO.version, REPEATS, 0.0)
        assert (outcome, state.queue) == (Outcome.PROPOSED, ())
        off = replace(REPEATS, recovery=Recovery.OFF)
        assert offer(AUTO, proposal("t5", Kind.RECOVERY), AUTO.version, off, 0.0)[0] is AUTO
        assert wanted(SUGGEST, off, recovery_due=True) is Kind.NEXT

    def test_does_not_come_again_too_soon(self) -> None:
        state = do(AUTO, say(Action.PLAY, "t0"), say(Action.PLAY, "t1"), at=100.0)
        patient = Choice(repeat_after_s=60)
        assert offer(state, proposal("t0"), state.version, patient, 159.0)[0] is state
        assert offer(state, proposal("t0"), state.version, patient, 160.0)[0] is not state


class TestWanted:
    def test_in_suggest_one_proposal_for_each_track_that_plays(self) -> None:
        assert wanted(SUGGEST, REPEATS) is Kind.NEXT
        state, _ = offer(SUGGEST, proposal("t0"), SUGGEST.version, REPEATS, 0.0)
        assert wanted(state, REPEATS) is None
        assert wanted(do(state, say(Action.PLAY, "t1")), REPEATS) is Kind.NEXT

    def test_in_auto_as_many_as_are_to_wait(self) -> None:
        assert wanted(AUTO, REPEATS) is Kind.NEXT
        state = do(AUTO, say(Action.PIN, "t1"))
        assert wanted(state, REPEATS) is None
        assert wanted(state, replace(REPEATS, ahead=2)) is Kind.NEXT
        assert wanted(state, REPEATS, recovery_due=True) is Kind.RECOVERY

    def test_recovery_is_of_what_the_artist_marked(self) -> None:
        assert [each.id for each in for_kind(TRACKS, Kind.RECOVERY)] == ["t5"]
        assert for_kind(TRACKS[:2], Kind.RECOVERY) == TRACKS[:2]
        assert for_kind(TRACKS, Kind.NEXT) == TRACKS


class TestACommand:
    @settings(max_examples=60, deadline=None)
    @given(steps, commands, choices)
    def test_is_taken_one_version_on_in_any_state(
        self, moves: list[Command | Proposal], asked: Command, choice: Choice
    ) -> None:
        state = after(moves, choice)
        try:
            now = command(state, asked, 99.0, POOL)
        except (NotQueued, NoSuchProposal):
            return
        assert now.version == state.version + 1
        assert len({each.track for each in now.queue}) == len(now.queue)

    @settings(max_examples=50, deadline=None)
    @given(steps, choices)
    def test_leaves_a_state_that_json_keeps(
        self, moves: list[Command | Proposal], choice: Choice
    ) -> None:
        state = after(moves, choice)
        assert State.load(json.loads(json.dumps(state.dump()))) == state

    @settings(max_examples=50, deadline=None)
    @given(steps, choices)
    def test_panic_leaves_the_artist_alone_until_resumed(
        self, moves: list[Command | Proposal], choice: Choice
    ) -> None:
        calm = do(after(moves, choice), say(Action.PANIC))
        assert not calm.listens
        assert calm.proposal is None
        assert all(each.by is By.ARTIST for each in calm.queue)
        for back in (say(Action.MODE, mode=Mode.AUTO), say(Action.UNLOCK)):
            assert not do(calm, back).listens
        assert do(calm, say(Action.RESUME), say(Action.MODE, mode=Mode.AUTO)).listens

    def test_pin_and_move_make_a_track_the_artists(self) -> None:
        state, _ = offer(AUTO, proposal("t2"), AUTO.version, REPEATS, 0.0)
        assert state.queue == (Entry("t2", By.SELECTOR),)
        state = do(state, say(Action.PIN, "t1"), say(Action.MOVE, "t2", position=0))
        assert state.queue == (Entry("t2", By.ARTIST), Entry("t1", By.ARTIST))
        assert do(state, say(Action.MOVE, "t2", position=9)).position("t2") == 1

    def test_veto_lasts_its_time_and_blacklist_for_good(self) -> None:
        state, _ = offer(AUTO, proposal("t2"), AUTO.version, REPEATS, 0.0)
        state = do(state, say(Action.VETO, "t2"), at=10.0)
        assert state.queue == ()
        assert "t2" not in offered(state, 10.0 + VETO_S - 1)
        assert "t2" in offered(state, 10.0 + VETO_S)
        state = do(state, say(Action.BLACKLIST, "t2"), at=10.0)
        assert "t2" not in offered(state, 1e12)
        state = do(state, say(Action.ALLOW, "t2"), at=10.0)
        assert "t2" in offered(state, 11.0)

    def test_accept_queues_first_and_reject_vetoes(self) -> None:
        state, _ = offer(SUGGEST, proposal("t2"), SUGGEST.version, REPEATS, 0.0)
        taken = do(state, say(Action.PIN, "t1"), say(Action.ACCEPT, proposal="p0"))
        assert taken.queue[0] == Entry("t2", By.ARTIST)
        assert taken.proposal is None
        refused = do(state, say(Action.REJECT, proposal="p0"))
        assert refused.proposal is None
        assert "t2" in refused.vetoes

    def test_skip_and_ended_begin_the_first_that_waits(self) -> None:
        state = do(AUTO, say(Action.PLAY, "t0"), say(Action.PIN, "t1"), say(Action.SKIP), at=7.0)
        assert state.playing
        assert (state.playing.track, state.playing.since, state.queue) == ("t1", 7.0, ())
        assert do(state, say(Action.ENDED)).playing is None

    def test_leaving_auto_takes_back_what_was_not_the_artists(self) -> None:
        state = do(AUTO, say(Action.PIN, "t1"))
        state, _ = offer(state, proposal("t2"), state.version, REPEATS, 0.0)
        assert len(do(state, say(Action.MODE, mode=Mode.AUTO)).queue) == 2
        for mode in (Mode.OFF, Mode.SUGGEST):
            left = do(state, say(Action.MODE, mode=mode))
            assert [each.track for each in left.queue] == ["t1"]

    @pytest.mark.parametrize(
        ("asked", "error", "pointer"),
        [
            (say(Action.PIN), Invalid, "/track"),
            (say(Action.MODE), Invalid, "/mode"),
            (say(Action.PIN, "nobody"), UnknownTrack, "/track"),
            (say(Action.MOVE, "t1"), NotQueued, "/track"),
            (say(Action.REMOVE, "t1"), NotQueued, "/track"),
            (say(Action.ACCEPT, proposal="p7"), NoSuchProposal, "/proposal"),
            (say(Action.REJECT), NoSuchProposal, "/proposal"),
        ],
    )
    def test_is_refused_where_it_means_nothing(
        self, asked: Command, error: Callable[..., TifoError], pointer: str
    ) -> None:
        with pytest.raises(error) as caught:  # type: ignore[call-overload]
            command(SUGGEST, asked, 0.0, POOL)
        assert caught.value.errors[0].pointer == pointer

    def test_may_name_what_left_the_pool(self) -> None:
        state = do(State(), say(Action.PIN, "t1"), say(Action.BLACKLIST, "t2"))
        gone = command(state, say(Action.REMOVE, "t1"), 0.0, [])
        assert gone.queue == ()
        assert command(gone, say(Action.ALLOW, "t2"), 0.0, []).blacklist == frozenset()

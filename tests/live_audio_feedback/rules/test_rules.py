from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.live_audio_feedback.rules import scores
from apps.live_audio_feedback.rules.encoded import EncodedAudio
from apps.live_audio_feedback.rules.frames import (
    MOST_IN_MESSAGE,
    MalformedFrame,
    of_message,
    read_stamp,
)
from apps.live_audio_feedback.rules.pacing import PATIENCE_S, Pace, TooFast, frames_due
from apps.live_audio_feedback.rules.rollups import RollUps, Second, Summary
from apps.live_audio_feedback.rules.window import (
    OutsideWindow,
    State,
    Window,
    check_open,
    closed_at,
    opened_at,
    state,
)
from tests.live_audio_feedback.frames import frame

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)
WINDOW = Window(NOON, NOON + HOUR)
moments = st.integers(0, 20)


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


class TestWindow:
    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            (NOON - INSTANT, State.SCHEDULED),
            (NOON, State.OPEN),
            (NOON + HOUR - INSTANT, State.OPEN),
            (NOON + HOUR, State.CLOSED),
        ],
    )
    def test_is_open_from_its_start_to_just_before_its_end(
        self, now: datetime, expected: State
    ) -> None:
        assert state(WINDOW, now) is expected

    @pytest.mark.parametrize("now", [NOON - HOUR, NOON, NOON + 2 * HOUR])
    def test_stays_ended_once_it_was_ended(self, now: datetime) -> None:
        assert state(Window(NOON, NOON + HOUR, ended_at=NOON), now) is State.CLOSED

    @pytest.mark.parametrize(
        ("ended_at", "opens", "closes"),
        [
            (None, NOON, NOON + HOUR),
            (NOON + INSTANT, NOON, NOON + INSTANT),
            (NOON, None, NOON),
            (NOON - HOUR, None, NOON - HOUR),
            (NOON + 2 * HOUR, NOON, NOON + HOUR),
        ],
    )
    def test_tells_when_it_opened_and_closed(
        self, ended_at: datetime | None, opens: datetime | None, closes: datetime
    ) -> None:
        window = Window(NOON, NOON + HOUR, ended_at)
        assert opened_at(window, NOON + HOUR) == opens
        assert closed_at(window, NOON + HOUR) == closes

    def test_has_not_closed_while_it_hears_nor_opened_before(self) -> None:
        assert opened_at(WINDOW, NOON - INSTANT) is None
        assert closed_at(WINDOW, NOON + HOUR - INSTANT) is None

    @given(starts=moments, length=st.integers(1, 9), ended=st.none() | moments, sealed=moments)
    def test_never_goes_back(
        self, starts: int, length: int, ended: int | None, sealed: int
    ) -> None:
        """Whatever is called when: a call to end, and the seal, come while it can be."""
        found: list[State] = []
        window = Window(minute(starts), minute(starts + length))
        for at in range(40):
            if at == ended and state(window, minute(at)) in {State.SCHEDULED, State.OPEN}:
                window = replace(window, ended_at=minute(at))
            if at >= sealed and state(window, minute(at)) is State.CLOSED:
                window = replace(window, sealed_at=minute(at))
            found.append(state(window, minute(at)))
        assert found == sorted(found, key=list(State).index)
        assert found[-1] is State.SEALED

    @pytest.mark.parametrize(
        ("window", "now", "why"),
        [
            (WINDOW, NOON - HOUR, "starts at"),
            (WINDOW, NOON + HOUR, "window ended at"),
            (Window(NOON, NOON + HOUR, NOON + INSTANT), NOON + 2 * INSTANT, "was ended at"),
        ],
    )
    def test_refuses_in_the_words_that_fit(self, window: Window, now: datetime, why: str) -> None:
        with pytest.raises(OutsideWindow, match=why) as refused:
            check_open(window, now)
        assert refused.value.facts["starts_at"] == NOON.isoformat()


class TestFrame:
    def test_tells_its_number_and_its_senders_clock(self) -> None:
        assert read_stamp(frame(seq=2**32 - 1, t_us=2**63)) == (2**32 - 1, 2**63)

    @pytest.mark.parametrize(
        ("broken", "why"),
        [
            (b"", "656 bytes"),
            (frame()[:-1], "has 655"),
            (frame() + b"\0", "has 657"),
            (b"\x02" + frame()[1:], "version 2"),
            (b"\x01\x02" + frame()[2:], "codec 2"),
            (b"\x01\x01\x01\x00" + frame()[4:], "flags 1"),
        ],
    )
    def test_is_refused_when_malformed(self, broken: bytes, why: str) -> None:
        with pytest.raises(MalformedFrame, match=why):
            read_stamp(broken)


class TestAMessage:
    @pytest.mark.parametrize("count", [1, 2, MOST_IN_MESSAGE])
    def test_holds_frames_one_after_another(self, count: int) -> None:
        sent = [frame(bytes([number]) * 640, seq=number) for number in range(count)]
        assert list(of_message(b"".join(sent))) == sent

    @pytest.mark.parametrize(
        ("size", "why"),
        [
            (0, "has 0 bytes"),
            (655, "has 655 bytes"),
            (657, "has 657 bytes"),
            (2 * 656 - 1, "has 1311 bytes"),
            ((MOST_IN_MESSAGE + 1) * 656, "1 to 10 frames"),
        ],
    )
    def test_is_refused_where_it_holds_anything_else(self, size: int, why: str) -> None:
        with pytest.raises(MalformedFrame, match=why):
            of_message((frame() * 12)[:size])

    def test_that_is_a_file_is_told_by_its_name(self) -> None:
        with pytest.raises(EncodedAudio, match="FLAC"):
            of_message(b"fLaC\0\0\0\x22" + bytes(2_000))


class TestPace:
    @pytest.mark.parametrize(("elapsed_s", "due"), [(0.001, 2), (0.02, 2), (0.041, 4), (1.0, 100)])
    def test_scores_at_most_twice_real_time(self, elapsed_s: float, due: int) -> None:
        assert frames_due(elapsed_s) == due

    def test_is_patient_with_a_burst_that_is_caught_up_with(self) -> None:
        pace = Pace()
        assert pace.drop(0.0)
        assert not pace.drop(1.0)
        pace.caught_up()
        assert pace.drop(PATIENCE_S + 1)
        assert pace.dropped == 3

    def test_loses_its_patience_with_one_that_never_is(self) -> None:
        pace = Pace()
        pace.drop(0.0)
        pace.drop(PATIENCE_S - 0.01)
        with pytest.raises(TooFast, match="3 frames"):
            pace.drop(PATIENCE_S)


class TestScores:
    def test_of_a_zone_lean_towards_the_louder_streams(self) -> None:
        score, level = np.array([80.0, 20.0, 50.0]), np.array([99.0, 0.0, 0.0])
        by_zone = scores.weighted_means(score, scores.weights(level), np.array([0, 0, 1]), 2)
        assert by_zone.tolist() == pytest.approx([(80 * 100 + 20) / 101, 50])

    def test_of_a_silent_zone_count_its_streams_alike(self) -> None:
        by_zone = scores.weighted_means(
            np.array([20.0, 40.0]), scores.weights(np.zeros(2)), np.array([0, 0]), 1
        )
        assert by_zone.tolist() == [30]

    def test_of_a_session_count_zones_alike(self) -> None:
        assert scores.means(np.array([90.0, 30.0]), np.array([0, 0]), 1).tolist() == [60]


class TestRollUps:
    def test_sum_up_a_second(self) -> None:
        rows = RollUps(10)
        row = Second("ses_1", NOON, "north")
        for score in (40.0, 60.0, 80.0):
            rows.add(row, Summary.of(score))
        assert rows.take() == {row: Summary(3, 60.0, 40.0, 80.0)}
        assert not len(rows)

    def test_leave_the_second_that_still_runs(self) -> None:
        rows = RollUps(10)
        earlier, running = (Second("ses_1", NOON + timedelta(seconds=s), "north") for s in (0, 1))
        rows.add(earlier, Summary.of(1))
        rows.add(running, Summary.of(2))
        assert list(rows.take(before=NOON + timedelta(seconds=1.9))) == [earlier]

    def test_join_what_is_put_back_with_what_came_since(self) -> None:
        rows = RollUps(10)
        row = Second("ses_1", NOON, "north")
        rows.add(row, Summary.of(10))
        failed = rows.take()
        rows.add(row, Summary.of(30))
        rows.put_back(failed)
        assert rows.take() == {row: Summary(2, 20.0, 10.0, 30.0)}

    def test_forget_the_oldest_beyond_their_bound(self) -> None:
        rows = RollUps(2)
        seconds = [Second("ses_1", NOON + timedelta(seconds=s), "north") for s in range(4)]
        rows.put_back({second: Summary.of(1) for second in seconds})
        assert list(rows.take()) == seconds[2:]
        assert rows.forgotten == 2

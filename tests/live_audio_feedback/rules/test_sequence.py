"""Which frames are heard, by their numbers: nobody stays deaf, and nothing is heard twice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.live_audio_feedback.rules.sequence import (
    DUPLICATE,
    FURTHEST,
    HEARD,
    LATE,
    MIXED_AFTER,
    NUMBERS,
    QUICKLY,
    RESTARTED,
    WINDOW,
    Fate,
    Sequence,
)

NUMBER = st.integers(0, NUMBERS - 1)
CLOCK = st.integers(0, 2**64 - 1)
# Any numbers at all, and those near each other or near the wrap, where the decisions lie.
STAMPS = st.lists(st.tuples(NUMBER | st.integers(0, 600), CLOCK | st.integers(0, 3)), max_size=60)


def fates(numbers: list[int], clock: int | None = None) -> list[Fate]:
    """A stream's fates; its clock goes by its numbers, or stands still."""
    sequence = Sequence()
    return [sequence.follow(n, n * 20_000 if clock is None else clock) for n in numbers]


class TestNumbers:
    @pytest.mark.parametrize(
        ("numbers", "told"),
        [
            ([7], [HEARD]),
            ([0, 1, 2], [HEARD] * 3),
            ([0, 3, 4, 10], [HEARD] * 4),
            ([5, 5, 4, 6], [HEARD, DUPLICATE, LATE, HEARD]),
            ([0, 2, 1, 1, 3], [HEARD, HEARD, LATE, LATE, HEARD]),
            ([0, 1, 2, 0, 1, 2, 3], [HEARD] * 3 + [DUPLICATE] * 3 + [HEARD]),
            ([NUMBERS - 1, 0, 2], [HEARD] * 3),
            ([NUMBERS - 2, NUMBERS - 1, 0, NUMBERS - 1], [HEARD] * 3 + [DUPLICATE]),
            ([0, FURTHEST, 2 * FURTHEST + 1], [HEARD, HEARD, RESTARTED]),
            ([WINDOW, 1], [HEARD, LATE]),
            ([WINDOW, 0, 1], [HEARD, RESTARTED, HEARD]),
        ],
    )
    def test_decide(self, numbers: list[int], told: list[Fate]) -> None:
        clock = 0 if numbers[:2] == [NUMBERS - 2, NUMBERS - 1] else None
        assert fates(numbers, clock) == told

    @pytest.mark.parametrize(
        ("numbers", "last"),
        [([WINDOW, 0], RESTARTED), ([0, WINDOW + 1, WINDOW], LATE)],
    )
    def test_decide_at_the_edge_of_the_window_without_a_clock(
        self, numbers: list[int], last: Fate
    ) -> None:
        assert fates(numbers, clock=0)[-1] is last

    def test_count_what_never_came_also_over_the_wrap(self) -> None:
        sequence = Sequence()
        for number in (NUMBERS - 3, NUMBERS - 1, 2):
            sequence.follow(number, 0)
        assert (sequence.received, sequence.lost) == (3, 3)

    def test_of_frames_passed_over_are_not_taken_for_known_ones(self) -> None:
        sequence = Sequence()
        for number in (*range(WINDOW), WINDOW + 10):
            sequence.follow(number, 7)
        assert sequence.follow(WINDOW + 5, 7) is LATE
        assert sequence.follow(WINDOW - 1, 7) is DUPLICATE

    def test_that_are_counted_sum_up(self) -> None:
        sequence = Sequence()
        told = [sequence.follow(n, n) for n in (0, 1, 1, 4, 2, 9000, 9001, 9001)]
        assert told.count(HEARD) + told.count(RESTARTED) == 5
        assert (sequence.late, sequence.repeated, sequence.lost) == (1, 2, 2)
        assert sequence.received == 5 + sequence.late + sequence.repeated
        assert (sequence.restarts, sequence.left_at, sequence.last) == (1, 4, 9001)


class TestRestart:
    def test_of_a_counter_is_heard_at_once(self) -> None:
        assert fates([*range(1000, 1200), *range(50)])[200:] == [RESTARTED] + [HEARD] * 49

    def test_after_a_few_frames_shows_in_the_clock(self) -> None:
        sequence = Sequence()
        for number in range(100):
            sequence.follow(number, number * 20_000)
        told = [sequence.follow(n, n * 20_000 + 17) for n in range(100)]
        assert told == [RESTARTED] + [HEARD] * 99

    def test_forgets_the_numbers_before_it(self) -> None:
        sequence = Sequence()
        for number in range(100):
            sequence.follow(number, number)
        assert sequence.follow(50, 1000) is RESTARTED
        assert sequence.follow(49, 999) is LATE

    def test_is_no_repeated_call(self) -> None:
        sent = [*range(100), *range(100)]
        assert fates(sent)[100:] == fates(sent, clock=0)[100:] == [DUPLICATE] * 100

    @pytest.mark.parametrize("wrong", [NUMBERS - 1, 2**31, 128, 255, 4096])
    def test_by_one_corrupted_number_deafens_nobody(self, wrong: int) -> None:
        sequence = Sequence()
        for number in range(50):
            sequence.follow(number, number * 20_000)
        sequence.follow(50 ^ wrong, 50 * 20_000)
        told = [sequence.follow(n, n * 20_000) for n in range(51, 100)]
        assert set(told) <= {HEARD, RESTARTED}
        assert not sequence.mixed

    def test_again_and_again_is_two_senders(self) -> None:
        sequence = Sequence()
        for call in range(MIXED_AFTER):
            assert not sequence.mixed
            start = call // 2 * 50 + (call % 2) * 1_000_000
            for number in range(start, start + 50):
                assert sequence.follow(number, number) in {HEARD, RESTARTED}
        start = MIXED_AFTER // 2 * 50 + 1_000_000
        sequence.follow(start, 0)
        assert sequence.mixed
        for number in range(start + 1, start + 2 + QUICKLY):
            sequence.follow(number, 0)
        sequence.follow(9, 0)
        assert not sequence.mixed


class TestSteadySender:
    @settings(max_examples=300)
    @given(before=STAMPS, start=NUMBER | st.integers(0, 600), clock=CLOCK)
    def test_is_heard_again_after_a_window_whatever_came_before(
        self, before: list[tuple[int, int]], start: int, clock: int
    ) -> None:
        sequence = Sequence()
        for seq, t_us in before:
            sequence.follow(seq, t_us)
        told = [sequence.follow((start + n) % NUMBERS, clock) for n in range(2 * WINDOW)]
        assert set(told[WINDOW:]) == {HEARD}

    @given(before=STAMPS, start=NUMBER | st.integers(0, 600))
    def test_is_heard_at_once_when_its_clock_goes_on(
        self, before: list[tuple[int, int]], start: int
    ) -> None:
        sequence = Sequence()
        for seq, t_us in before:
            sequence.follow(seq, t_us // 2)
        told = [sequence.follow((start + n) % NUMBERS, 2**63 + n) for n in range(WINDOW)]
        assert told[0] in {HEARD, RESTARTED}
        assert set(told[1:]) == {HEARD}

    @given(STAMPS)
    def test_is_never_heard_twice_in_a_row(self, stamps: list[tuple[int, int]]) -> None:
        sequence = Sequence()
        for seq, t_us in stamps:
            sequence.follow(seq, t_us)
            assert sequence.follow(seq, t_us) in {DUPLICATE, LATE}

"""Lines of invoices: at most 250 of the same sum, and equal to what was sent or not."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.invoices.lines import Line, asked, differences, with_tax

lines_of = st.lists(
    st.tuples(st.integers(-(10**9), 10**9), st.sampled_from("abcdefghijkl")), max_size=60
).map(lambda rows: [Line(f"k{n}", "A line", a, group) for n, (a, group) in enumerate(rows)])


class TestAskedLines:
    def test_are_those_of_the_statement_where_they_are_not_too_many(self) -> None:
        lines = [Line(str(number), "A line", number) for number in range(250)]
        assert asked(lines) == tuple(lines)

    def test_are_one_for_each_group_where_they_are(self) -> None:
        lines = [Line(f"mau:{number}", f"Part {number}", number, "mau") for number in range(300)]
        lines.append(Line("credit", "A credit", -7, "credit"))
        first, second = asked(lines)
        assert first == Line("group:mau", "Part 0 and 299 more lines", sum(range(300)))
        assert second == Line("credit", "A credit", -7)

    def test_end_with_the_rest_where_there_are_too_many_groups(self) -> None:
        lines = [Line(str(number), "A line", 1, f"g{number}") for number in range(400)]
        found = asked(lines)
        assert len(found) == 250
        assert found[-1] == Line("rest", "All other lines", 151)

    @given(lines=lines_of, most=st.integers(1, 20))
    def test_have_the_same_sum_and_no_key_twice(self, lines: list[Line], most: int) -> None:
        found = asked(lines, most)
        assert len(found) <= most
        assert sum(line.amount_minor for line in found) == sum(line.amount_minor for line in lines)
        assert len({line.key for line in found}) == len(found)


class TestDifferences:
    LINES = [Line("a", "A", 5), Line("b", "B", -2)]

    def test_are_none_between_equal_lines_in_any_order(self) -> None:
        assert differences(self.LINES, reversed(self.LINES), total_minor=3) == ()

    @pytest.mark.parametrize(
        ("found", "said"),
        [
            ([("a", 5)], "b: missing"),
            ([("a", 4), ("b", -2)], "a: 4 and not 5"),
            ([("a", 5), ("b", -2), ("", 1)], "a line without a key: 1, which nobody sent"),
            ([("a", 5), ("b", -2), ("a", 5)], "a: there 2 times"),
            ([("a", 6), ("b", -3)], "b: -3 and not -2"),
            ([], "the lines found come to 0, the statement to 3"),
        ],
    )
    def test_name_each_line(self, found: list[tuple[str, int]], said: str) -> None:
        lines = [Line(key, "", amount) for key, amount in found]
        assert said in "; ".join(differences(self.LINES, lines, total_minor=3))

    def test_are_told_of_a_statement_that_does_not_add_up(self) -> None:
        assert differences(self.LINES, self.LINES, total_minor=4) == (
            "the lines sent come to 3, the statement to 4",
            "the lines found come to 3, the statement to 4",
        )


class TestCredits:
    @given(
        total=st.integers(1, 10**6),
        tax=st.integers(0, 10**6),
        cuts=st.lists(st.integers(0, 10**6), max_size=5),
        step=st.sampled_from([1, 10, 100]),
    )
    def test_of_all_of_an_invoice_take_off_all_of_its_tax(
        self, total: int, tax: int, cuts: list[int], step: int
    ) -> None:
        edges = sorted({0, total * step, *(cut % total * step for cut in cuts)})
        parts = [
            with_tax(
                end - start,
                before_minor=start,
                total_minor=total * step,
                tax_minor=tax * step,
                step=step,
            )
            for start, end in itertools.pairwise(edges)
        ]
        assert sum(parts) == (total + tax) * step
        assert all(part >= 0 and part % step == 0 for part in parts)

    @pytest.mark.parametrize(("step", "said"), [(1, 124), (10, 120), (100, 100)])
    def test_are_no_finer_than_their_currency(self, step: int, said: int) -> None:
        found = with_tax(100, before_minor=0, total_minor=1_000, tax_minor=240, step=step)
        assert found == said

    def test_take_no_more_tax_than_there_is_where_it_is_finer(self) -> None:
        parts = [
            with_tax(500, before_minor=start, total_minor=1_000, tax_minor=160, step=100)
            for start in (0, 500)
        ]
        assert parts == [600, 560]

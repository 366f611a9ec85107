"""A statement's invoice here and over there: every sum equal, or a difference that names it."""

import dataclasses

import pytest

from billing.rules.invoices.comparison import Difference, Ours, Theirs, compare

OURS = Ours("st_1", "S-1", "paid", "in_1", "usd", 1_000, 1_190, 119, 59)
THEIRS = Theirs("st_1", "in_1", "paid", "usd", 1_000, 1_190, 119, 59)


def test_equal_sums_are_no_difference() -> None:
    assert compare([OURS], [THEIRS]) == []


@pytest.mark.parametrize("kind", ["paid", "credited", "refunded"])
def test_one_minor_unit_is_a_difference_of_its_own_kind(kind: str) -> None:
    name = f"{kind}_minor"
    there = getattr(THEIRS, name) + 1
    (found,) = compare([OURS], [dataclasses.replace(THEIRS, **{name: there})])
    assert found == Difference(kind, "st_1", "S-1", str(there - 1), str(there))


@pytest.mark.parametrize(("state", "status"), [("verified", "draft"), ("void", "void")])
def test_what_is_not_asked_for_has_no_sums(state: str, status: str) -> None:
    ours = dataclasses.replace(OURS, state=state, paid_minor=0, credited_minor=0)
    assert compare([ours], [dataclasses.replace(THEIRS, status=status)]) == []

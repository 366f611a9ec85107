"""Random policies and random histories of calls, for Hypothesis."""

from typing import NamedTuple

from hypothesis import strategies as st

from ratelimit.rules import Charge, Concurrency, Policy, Rate, Window, kept_as

LEASES = ["x", "y", "z"]


class Admit(NamedTuple):
    """Ask for all these charges at once; with `spend` off, only look."""

    charges: tuple[Charge, ...]
    spend: bool


class Undo(NamedTuple):
    """Give back the n-th decision that was ever spent (counted from the latest)."""

    which: int


class Renew(NamedTuple):
    """Renew leases of one subject."""

    key: str
    lease_ids: tuple[str, ...]


Step = tuple[int, Admit | Undo | Renew]


class History(NamedTuple):
    """Policies, and steps of (µs passed since the step before, what happens)."""

    policies: tuple[Policy, ...]
    leases: Concurrency
    steps: list[Step]


@st.composite
def histories(draw: st.DrawFn, most_steps: int = 25) -> History:
    """A history in which every kind of policy is met, kept short enough to shrink well."""
    small, brief, few = st.integers(1, 5), st.integers(1, 40), draw(st.booleans())
    window_ms, lease_ms = draw(st.integers(1, 60)), draw(brief)
    leases = Concurrency("leases", draw(st.integers(1, 2)), lease_ms)
    policies: tuple[Policy, ...] = (
        Rate("fast", draw(st.integers(1, 7)), draw(brief), draw(small), few_subjects=few),
        Rate("slow", draw(st.integers(1, 3)), draw(st.integers(1, 300)), draw(small)),
        Window("window", draw(st.integers(1, 6)), window_ms, few_subjects=not few),
        leases,
        # Another tier gives the same limits other numbers, while what was spent is remembered.
        Rate("fast", draw(st.integers(1, 7)), draw(brief), draw(small), few_subjects=few),
        Window("window", draw(st.integers(1, 6)), window_ms, few_subjects=not few),
        Concurrency("leases", draw(st.integers(1, 2)), lease_ms),
        # One of another name goes on from it; a third tier has none, and only remembers.
        Window("renamed", draw(small), window_ms, few_subjects=not few, log="window"),
        Window("memory", draw(small), window_ms, "request", not few, "window", refuses=False),
    )
    charge = st.builds(
        lambda policy, key, cost, lease_id: (
            Charge(policy, key, min(cost, 1), lease_id)
            if isinstance(policy, Concurrency)
            else Charge(policy, key, cost)
        ),
        st.sampled_from(policies),
        st.sampled_from(["a", "b"]),
        st.integers(0, 3),
        st.sampled_from(LEASES),
    )
    charges = st.lists(
        charge, min_size=1, max_size=5, unique_by=lambda c: (kept_as(c.policy), c.key)
    ).map(tuple)
    step = st.one_of(
        st.builds(Admit, charges, st.booleans()),
        st.builds(Admit, charges, st.just(True)),
        st.builds(Undo, st.integers(0, 5)),
        st.builds(
            Renew,
            st.sampled_from(["a", "b"]),
            st.lists(st.sampled_from(LEASES), min_size=1, unique=True).map(tuple),
        ),
    )
    # Whole milliseconds meet the edges of every policy; a microsecond beside them misses by one.
    passed_us = st.builds(
        lambda ms, beside_us: max(0, ms * 1000 + beside_us),
        st.one_of(st.integers(0, 3), st.integers(0, 80)),
        st.sampled_from([0, 0, 0, 0, -1, 1, 333]),
    )
    return History(
        policies, leases, draw(st.lists(st.tuples(passed_us, step), max_size=most_steps))
    )

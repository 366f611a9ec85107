"""A window that only remembers, and the limit that goes on from it, as Redis keeps them."""

import pytest

from ratelimit.rules import Charge, Window
from ratelimit.store import Store
from tests.ratelimit.clock import HandClock
from tests.ratelimit.conftest import fresh_tag

HOUR_MS = 3_600_000
LIMIT = Window("effects", 500, HOUR_MS, "effect", few_subjects=True, log="effects/h")
MEMORY = Window("effects", 1_000, HOUR_MS, "effect", True, "effects/h", refuses=False)
ONE, REMEMBERED = Charge(LIMIT, "live"), Charge(MEMORY, "live")


@pytest.fixture
def tag() -> str:
    return fresh_tag()


class TestTheLimit:
    def test_goes_on_from_what_was_remembered(self, store: Store, tag: str) -> None:
        for _ in range(400):
            assert store.admit(tag, [REMEMBERED]).admitted
        assert store.peek(tag, [ONE]).decisions[0].remaining == 100
        assert [store.admit(tag, [ONE]).admitted for _ in range(101)] == [True] * 100 + [False]

    def test_tells_the_exact_wait_however_much_was_spent(
        self, store: Store, clock: HandClock, tag: str
    ) -> None:
        for _ in range(2_000):
            store.admit(tag, [REMEMBERED])
            clock.forward(ms=1)
        refused = store.admit(tag, [ONE])
        # 499 may remain: the last of the others was charged 500 ms ago.
        assert refused.retry_after_ms == HOUR_MS - 500
        clock.forward(ms=HOUR_MS - 501)
        assert not store.admit(tag, [ONE]).admitted
        clock.forward(ms=1)
        assert store.admit(tag, [ONE]).admitted

    def test_is_another_name_for_the_same_charges(self, store: Store, tag: str) -> None:
        renamed = Window("per-hour", 700, HOUR_MS, "effect", True, "effects/h")
        store.admit(tag, [Charge(LIMIT, "live", 500)])
        assert store.admit(tag, [Charge(renamed, "live", 200)]).admitted
        assert not store.admit(tag, [Charge(renamed, "live")]).admitted


class TestTheMemory:
    def test_is_bounded(self, store: Store, tag: str) -> None:
        for _ in range(1_500):
            store.admit(tag, [REMEMBERED])
        assert store.execute("LLEN", f"{{{tag}}}:charges:effects/h:live") == 1_000

    def test_shrinks_to_its_size_at_once(self, store: Store, tag: str) -> None:
        large = Window("effects", 5_000, HOUR_MS, "effect", True, "effects/h", refuses=False)
        for _ in range(3_000):
            store.admit(tag, [Charge(large, "live")])
        store.admit(tag, [REMEMBERED])
        assert store.execute("LLEN", f"{{{tag}}}:charges:effects/h:live") == 1_000
        assert store.peek(tag, [ONE]).decisions[0].used == 1_000

    def test_says_nothing_in_the_headers(self, store: Store, tag: str) -> None:
        outcome = store.admit(tag, [REMEMBERED])
        assert (outcome.limits, len(outcome.decisions)) == ((), 1)

    def test_forgets_what_was_refunded(self, store: Store, tag: str) -> None:
        spent = store.admit(tag, [Charge(MEMORY, "live", 400)]).decisions[0]
        assert store.refund(tag, MEMORY, "live", spent.charge_id)
        assert store.peek(tag, [ONE]).decisions[0].used == 0

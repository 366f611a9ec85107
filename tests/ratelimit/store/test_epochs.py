"""A caller that knows less than was published is told so, and spends nothing."""

import pytest
from redis import Redis

from ratelimit.errors import StaleEpoch
from ratelimit.protocol.wire import Epoch, Seen
from ratelimit.rules import Charge, Concurrency, Rate, Window
from ratelimit.store import Store
from tests.ratelimit.clock import HandClock

DAY_MS = 86_400_000
CHARGES = [
    Charge(Rate("requests", 10, 1000, burst=20, few_subjects=True), "org"),
    Charge(Rate("fairness", 10, 1000, burst=20), "fan"),
    Charge(Window("effects", 5, 3_600_000), "org"),
    Charge(Concurrency("sessions", 5, 10_000), "org", 1, "a"),
]


def _everything(client: Redis, tag: str) -> dict[bytes | str, object]:
    return {key: client.dump(key) for key in client.keys(f"{{{tag}}}:*")}


class TestAnEpoch:
    @pytest.mark.parametrize(
        ("holds", "known"),
        [
            (None, Epoch(1)),
            (2, Epoch(1)),
            (2, Epoch(1, fresh=True)),
            (100_000, Epoch(99_999)),
        ],
    )
    def test_that_has_passed_spends_and_writes_nothing(
        self, client: Redis, store: Store, tag: str, holds: int | None, known: Epoch
    ) -> None:
        if holds is not None:
            store.raise_epoch(tag, holds)
        store.admit(tag, CHARGES)
        before = _everything(client, tag)
        for spend in (True, False):
            with pytest.raises(StaleEpoch) as stale:
                store.admit(tag, CHARGES, spend=spend, epoch=known, seen=Seen("may", ["fan"]))
            assert stale.value.epoch == (holds or 0)
        assert _everything(client, tag) == before

    @pytest.mark.parametrize(
        ("holds", "known"),
        [
            (None, Epoch(1, fresh=True)),
            (1, Epoch(2, fresh=True)),
            (1, Epoch(2)),
            (2, Epoch(2)),
        ],
    )
    def test_that_is_known_admits_and_outdates_all_before(
        self, store: Store, tag: str, holds: int | None, known: Epoch
    ) -> None:
        if holds is not None:
            store.raise_epoch(tag, holds)
        outcome = store.admit(tag, CHARGES, epoch=known)
        assert outcome == store.admit(f"{tag}x", CHARGES)
        with pytest.raises(StaleEpoch) as stale:
            store.admit(tag, CHARGES, epoch=Epoch(known.number - 1, fresh=True))
        assert stale.value.epoch == known.number

    def test_is_published_by_a_call_that_is_refused(self, store: Store, tag: str) -> None:
        hopeless = [Charge(Window("effects", 5, 3_600_000), "org", 6)]
        assert not store.admit(tag, hopeless, epoch=Epoch(3, fresh=True)).admitted
        with pytest.raises(StaleEpoch):
            store.admit(tag, [], epoch=Epoch(2))

    def test_never_falls(self, store: Store, tag: str) -> None:
        raised = [store.raise_epoch(tag, epoch) for epoch in (2, 5, 3, 5, 6)]
        assert raised == [2, 5, 5, 5, 6]

    def test_is_not_asked_for_where_none_is_given(self, store: Store, tag: str) -> None:
        store.raise_epoch(tag, 7)
        assert store.admit(tag, CHARGES).admitted
        with pytest.raises(StaleEpoch):
            store.admit(tag, CHARGES, epoch=Epoch(6))

    def test_outlives_every_process_that_remembers_a_caller(
        self, client: Redis, store: Store, clock: HandClock, tag: str
    ) -> None:
        store.raise_epoch(tag, 1)
        (key,) = client.keys(f"{{{tag}}}:*")
        assert 7 * DAY_MS < client.pttl(key) <= 8 * DAY_MS
        for today in (True, False):
            client.pexpire(key, DAY_MS)
            store.admit(tag, CHARGES, epoch=Epoch(1))
            assert (client.pttl(key) <= DAY_MS) == today
            clock.forward(ms=DAY_MS)

    def test_is_not_shortened_or_forgotten_by_calls_without_one(
        self, client: Redis, store: Store, clock: HandClock, tag: str
    ) -> None:
        store.raise_epoch(tag, 4)
        clock.forward(ms=DAY_MS)
        store.admit(tag, CHARGES[:1])
        assert client.pttl(f"{{{tag}}}:limits") > 7 * DAY_MS
        with pytest.raises(StaleEpoch):
            store.admit(tag, CHARGES, epoch=Epoch(3))

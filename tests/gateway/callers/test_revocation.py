"""No interleaving admits a revoked key: the rules, the caches and the script, played step by step.

Several processes decide calls of one key while it is revoked. Every pause between two steps is a
place where another may go on; a random schedule chooses who. The script is the real one, Postgres
is a row that is read and committed at one instant, as a transaction is.
"""

import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from gateway.admission import steps
from gateway.admission.asks import Decide
from gateway.callers.caller import Caller, Kind
from gateway.callers.credentials import Credentials
from gateway.operations import Operation, reads
from gateway.refusals import ReducedCapacity, RevokedKey
from gateway.stores import store
from ratelimit.errors import StaleEpoch
from tenants.models import Organisation, TierVersion

LOOK: Operation = reads("usage:read")
TOKEN = "tifo_live_" + "k" * 36
PROCESSES, CALLS = 3, 4


@dataclass
class World:
    """The one row in Postgres, and when its revocation was answered."""

    organisation: str
    epoch: int = 1
    revoked: bool = False
    answered: bool = False
    admitted: int = 0
    stale: list[str] = field(default_factory=list)

    def read(self) -> Caller:
        if self.revoked:
            raise RevokedKey
        return Caller(
            Kind.KEY,
            Organisation(id=self.organisation),
            True,
            frozenset({LOOK.scope}),
            "key_1",
            TierVersion(),
            {},
            epoch=self.epoch,
        )


def process(world: World, kept: Credentials, moment: datetime) -> Iterator[None]:
    """One process: calls in a row, each resumed between any two of its steps."""
    for _ in range(CALLS):
        with contextlib.suppress(RevokedKey):
            yield from call(world, kept, moment)


def call(world: World, kept: Credentials, moment: datetime) -> Iterator[None]:
    caller = kept.known(TOKEN, moment)
    if caller is None:
        yield
        caller = world.read()
        yield
        kept.keep(TOKEN, caller, now=moment, until=None)
    going = steps.steps(caller, LOOK, now=moment)
    ask: Any = next(going)
    try:
        while True:
            yield
            told = world.answered  # before the decision: it was taken knowing of the revocation
            try:
                if isinstance(ask, Decide):
                    answer: Any = store().decide(ask.plan, seen=ask.seen, epoch=ask.epoch)
                    ok = True
                else:
                    answer, ok = world.read(), False
            except (StaleEpoch, RevokedKey) as error:
                yield
                ask = going.throw(error)
                continue
            if ok and told:
                world.stale.append(f"epoch {ask.epoch}")
            yield
            ask = going.send(answer)
    except StopIteration:
        world.admitted += 1
    except ReducedCapacity:
        pytest.fail("the readings never end")


def revocation(world: World, caches: list[Credentials], chance: random.Random) -> Iterator[None]:
    yield
    world.revoked, world.epoch = True, world.epoch + 1  # one transaction
    yield
    store().raise_epoch(world.organisation, world.epoch)
    world.answered = True
    for kept in caches:  # the published news, which may be late or lost
        yield
        if chance.random() < 0.5:
            kept.outdate(world.organisation, world.epoch)


def change(world: World) -> Iterator[None]:
    """Something else of the organisation changes meanwhile, such as its tier."""
    for _ in range(2):
        yield
        world.epoch += 1
        epoch = world.epoch
        yield
        store().raise_epoch(world.organisation, epoch)


def play(seed: int, moment: datetime) -> World:
    chance = random.Random(seed)
    world = World(f"org_race_{uuid4()}")  # else a second run would meet the first one's epochs
    caches = [Credentials() for _ in range(PROCESSES)]
    actors: list[Iterator[None]] = [process(world, kept, moment) for kept in caches]
    actors += [revocation(world, caches, chance), change(world)]
    while actors:
        actor = chance.choice(actors)
        if next(actor, "over") == "over":
            actors.remove(actor)
    return world


def check(seeds: range, moment: datetime) -> None:
    worlds = [play(seed, moment) for seed in seeds]
    assert [world.stale for world in worlds if world.stale] == []
    # The schedules would prove nothing if the revocation always came first or last.
    assert 0 < sum(world.admitted for world in worlds) < len(worlds) * PROCESSES * CALLS


@pytest.mark.django_db
class TestARevokedKey:
    def test_is_admitted_by_none_of_a_thousand_interleavings(self, moment: datetime) -> None:
        check(range(1_000), moment)

    @pytest.mark.soak
    def test_is_admitted_by_none_of_twenty_thousand_interleavings(self, moment: datetime) -> None:
        check(range(1_000, 21_000), moment)

    def test_would_be_admitted_if_the_script_compared_no_epochs(
        self, moment: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The test can fail: without its epoch, a kept caller gets through."""
        blind = store().decide
        monkeypatch.setattr(
            type(store()), "decide", lambda self, plan, **_: blind(plan, seen=None, epoch=None)
        )
        with pytest.raises(AssertionError):
            check(range(50), moment)

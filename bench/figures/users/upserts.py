"""Who is seen for the first time this month, against a design that keeps every event.

Both sides take the same stream of events, in batches of 1,000 and a transaction each, and have the
same part of the month behind them: 30,000 users with ten events each. In the usual stream one event
of ten is of a user who is new; the other figures' users are all new, which is the worst there is.
"""

import itertools
import multiprocessing
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Final

from django.db import connection

from bench.figure import Better, Clock, Counted, Line, Sides, Timed, figure
from bench.figures.users.first_seen import NOW, database, organisation_of
from bench.peers import raw_events
from bench.servers import Servers, set_up_django
from metering.hashes import hash_users
from metering.services import record_active_users
from tenants.models import Organisation

BATCH: Final = 1_000
NEW: Final = 100  # of a batch of the usual stream
KNOWN: Final = 30_000
EVENTS_EACH: Final = 10
BATCHES: Final = 10  # of a turn
PROCESSES: Final = 4  # so that none of two cores waits for a disk
PEER: Final = "every event a row, its id unique (the usual design)"
Record = Callable[[Organisation, list[str]], None]


@figure(
    "mau_upsert_vs_raw_insert",
    kind=Timed(Clock.WALL, "µs", per="event"),
    measures="batches of 1,000 events, a tenth of users who are new this month",
    peer=PEER,
)
def against_raw_events(servers: Servers) -> Iterator[Sides]:
    """Hashing the names is part of ours, making ids a part of the peer's."""
    yield from _sides(servers, NEW)


@figure(
    "mau_upsert_all_new_vs_raw_insert",
    kind=Timed(Clock.WALL, "µs", per="event"),
    measures="the same where every user is new",
    peer=PEER,
)
def all_new_against_raw_events(servers: Servers) -> Iterator[Sides]:
    """The first minutes of a month."""
    yield from _sides(servers, BATCH)


@figure(
    "mau_upsert_per_s",
    kind=Counted(
        "events per second in the database",
        Better.HIGHER,
        more=(Line("all_new", "events per second, every user new", Better.HIGHER),),
    ),
    measures="batches of 1,000 events of four organisations, recorded by four processes at once",
    peer=PEER,
)
def per_second(servers: Servers) -> Iterator[Sides]:
    """Postgres and the processes share the machine."""
    with database(servers), _workers() as workers:
        yield Sides(
            lambda: (workers.per_second(_ours, NEW), workers.per_second(_ours, BATCH)),
            lambda: (workers.per_second(_theirs, NEW), workers.per_second(_theirs, BATCH)),
        )


def _sides(servers: Servers, new: int) -> Iterator[Sides]:
    with database(servers):
        ours, theirs = _begun("Ours", _fill_ours), _begun("Peer", _fill_theirs)
        yield Sides(_turn(_ours, ours, new), _turn(_theirs, theirs, new))


def _begun(name: str, fill: Callable[[Organisation], None]) -> Organisation:
    organisation = organisation_of(name)
    fill(organisation)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")  # or it comes while one of the sides is measured
    return organisation


def _turn(record: Record, organisation: Organisation, new: int) -> Callable[[], float]:
    stream = _stream(new)

    def turn() -> float:
        for _ in range(BATCHES):
            record(organisation, next(stream))
        return BATCHES * BATCH

    return turn


def _stream(new: int, first: int = KNOWN) -> Iterator[list[str]]:
    """Batches of names: so many new ones, the others drawn from those of the month so far."""
    chance, number = random.Random(9), itertools.count(first)
    while True:
        batch = [f"fan-{next(number)}" for _ in range(new)]
        batch += [f"fan-{chance.randrange(KNOWN)}" for _ in range(BATCH - new)]
        yield batch


def _ours(organisation: Organisation, names: list[str]) -> None:
    counted = record_active_users(
        organisation=organisation,
        livemode=True,
        users=hash_users(organisation.pk, names, livemode=True, now=NOW),
        now=NOW,
    )
    assert counted.within_cap


def _theirs(organisation: Organisation, names: list[str]) -> None:
    raw_events.record(organisation.pk, names, NOW)


def _fill_ours(organisation: Organisation) -> None:
    for first in range(0, KNOWN, BATCH):
        _ours(organisation, [f"fan-{number}" for number in range(first, first + BATCH)])


def _fill_theirs(organisation: Organisation) -> None:
    raw_events.fill(organisation.pk, users=KNOWN, events=KNOWN * EVENTS_EACH, now=NOW)


@contextmanager
def _workers() -> Iterator["_Workers"]:
    spawn = multiprocessing.get_context("spawn")
    with ExitStack() as ends:
        yield _Workers(
            [
                ends.enter_context(
                    ProcessPoolExecutor(1, spawn, initializer=set_up_django, initargs=({},))
                )
                for _ in range(PROCESSES)
            ]
        )


class _Workers:
    """Processes that record at once, each for organisations of its own."""

    def __init__(self, pools: Sequence[ProcessPoolExecutor]) -> None:
        self._pools = pools
        self._together(_settle)

    def per_second(self, record: Record, new: int) -> float:
        """Events per second of all of them, from the first batch to the last."""
        began = time.perf_counter()
        self._together(_work, record, new)
        return PROCESSES * BATCHES * BATCH / (time.perf_counter() - began)

    def _together(self, work: Callable[..., None], *arguments: object) -> None:
        for done in [pool.submit(work, *arguments) for pool in self._pools]:
            done.result()


# Of a worker's process.
_own: dict[Record, Organisation] = {}
_streams: dict[tuple[Record, int], Iterator[list[str]]] = {}


def _settle() -> None:
    for record, fill in ((_ours, _fill_ours), (_theirs, _fill_theirs)):
        _own[record] = organisation_of(record.__name__)
        fill(_own[record])
        for new in (NEW, BATCH):
            _streams[record, new] = _stream(new, first=KNOWN + 10**7 * (new == BATCH))


def _work(record: Record, new: int) -> None:
    for _ in range(BATCHES):
        record(_own[record], next(_streams[record, new]))

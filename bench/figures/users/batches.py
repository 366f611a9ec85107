"""Whole batches of a venue's fans, from the wire to the rows."""

import itertools
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from bench.figure import Better, Counted, Sides, figure, versioned
from bench.load import request
from bench.servers import Servers
from bench.stage import HOT, Stage, generous_organisation, stage
from foundation.clock import now
from metering.queries import active_users
from tenants.models import ApiKey, Organisation
from tenants.services.keys import create_key

BATCH: Final = 1_000
NEW: Final = 100  # of a batch: the others were seen this month
KNOWN: Final = 20_000
CALLS: Final = 40  # of a turn
CONNECTIONS: Final = 4
THEIR_CALLS: Final = 800
THEIR_CONNECTIONS: Final = 32


@figure(
    "mau_batch_end_to_end_per_s",
    kind=Counted("events per second", Better.HIGHER),
    measures="batches of 1,000 fans, a tenth new this month, sent to `tifo sockets` over HTTP",
    peer=f"{versioned('djangorestframework-api-key')}, throttle, a row per call, a fan per call",
)
def end_to_end(servers: Servers) -> Iterator[Sides]:
    """Every new fan is a row, and committed, before the answer."""
    with stage(servers) as at:
        typical = at.peer("/typical")

        def theirs() -> float:
            answered = typical.fire(answers=THEIR_CALLS, connections=THEIR_CONNECTIONS)
            return THEIR_CALLS / answered.wall_s

        yield Sides(_ours(at), theirs)


def _ours(at: Stage) -> Callable[[], float]:
    endpoint, organisation, stream = at.hot(), generous_organisation(), _stream()
    token = _token(organisation)

    def fire(calls: Iterator[list[str]]) -> float:
        asked = [_request(token, fans) for fans in calls]
        told = replace(endpoint, requests=asked)
        return told.fire(answers=len(asked), connections=CONNECTIONS).wall_s

    def turn() -> float:
        before = active_users(organisation, livemode=True, now=now())
        wall_s = fire(itertools.islice(stream, CALLS))
        counted = active_users(organisation, livemode=True, now=now()) - before
        assert counted == CALLS * NEW, f"counted {counted} users"
        return CALLS * BATCH / wall_s

    fire([_name(n) for n in range(first, first + BATCH)] for first in range(0, KNOWN, BATCH))
    return turn


def _token(organisation: Organisation) -> str:
    """A key of the organisation, which pays from now on, so that no user is its last."""
    organisation.tier_id = "enterprise"
    organisation.payment_method = True
    organisation.save(update_fields=["tier", "payment_method"])
    made: tuple[ApiKey, str] = create_key(
        organisation=organisation, name="Venue", livemode=True, scopes=["usage:write"], now=now()
    )
    return made[1]


def _stream() -> Iterator[list[str]]:
    chance, number = random.Random(9), itertools.count(KNOWN)
    while True:
        new = [_name(next(number)) for _ in range(NEW)]
        yield new + [_name(chance.randrange(KNOWN)) for _ in range(BATCH - NEW)]


def _name(number: int) -> str:
    return f"visitor-{number}"


def _request(token: str, fans: list[str]) -> str:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return request("POST", HOT, headers=headers, body=json.dumps({"end_users": fans}))

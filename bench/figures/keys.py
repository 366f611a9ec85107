"""Telling whose a key is."""

from collections.abc import Iterator

from bench.figure import Clock, Sides, Timed, figure, versioned
from bench.peers.api_keys import api_keys
from bench.servers import Servers
from bench.stage import our_tokens, stage, their_tokens
from foundation.clock import now
from gateway.callers.authentication import from_token

OURS, THEIRS = 20_000, 500  # verifications per round


@figure(
    "gate_key_verify_vs_api_key",
    kind=Timed(Clock.CPU, "µs", per="verification"),
    measures="from the text of a key to its caller, which this process has read seconds ago",
    peer=f"{versioned('djangorestframework-api-key')}, is_valid on Postgres",
)
def verification(servers: Servers) -> Iterator[Sides]:
    """The peer keeps nothing and reads the key's row each time, by an index."""
    with stage(servers):
        moment, tokens, keys = now(), our_tokens(), their_tokens()
        valid = api_keys().objects.is_valid

        def ours() -> float:
            for number in range(OURS):
                from_token(tokens[number % len(tokens)], now=moment)
            return OURS

        def peer() -> float:
            for number in range(THEIRS):
                assert valid(keys[number % len(keys)])
            return THEIRS

        yield Sides(ours, peer)

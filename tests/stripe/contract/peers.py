"""Who the contract is held against: the stand-in, localstripe in a process of its own, Stripe."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import stripe

from tests.stripe.stand_in.running import running

KEY = "TIFO_TEST_STRIPE_KEY"
# On loopback alone, and with nothing left in /tmp: its own command does neither.
LOCALSTRIPE = """
import socket
from aiohttp import web
from localstripe.resources import Store
from localstripe.server import app
Store.dump_to_disk = lambda store: None
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
web.run_app(app, sock=listening, print=None)
"""


@dataclass(frozen=True)
class Peer:
    name: str
    client: stripe.StripeClient
    patience_s: float = 1.0
    """How long what it does by itself, such as events, may take."""


@contextmanager
def stand_in() -> Iterator[Peer]:
    with running() as started:
        yield Peer("stand-in", started.client())


@contextmanager
def localstripe() -> Iterator[Peer]:
    command = [sys.executable, "-W", "ignore", "-c", LOCALSTRIPE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{int(server.stdout.readline())}"
            client = stripe.StripeClient(
                "sk_test_localstripe", base_addresses={"api": url}, max_network_retries=0
            )
            yield Peer("localstripe", client)
        finally:
            server.terminate()


@contextmanager
def real() -> Iterator[Peer]:
    """Stripe's test mode; never a key of live mode."""
    key = os.environ[KEY]
    if not key.startswith("sk_test_"):
        raise ValueError(f"{KEY} must be a key of test mode, sk_test_…")
    yield Peer("stripe", stripe.StripeClient(key, max_network_retries=2), patience_s=60.0)


PEERS = {"stand-in": stand_in, "localstripe": localstripe, "stripe": real}

"""The client against the real API, in this process.

httpx speaks WSGI to Django, so that the client's own bytes are what the API reads.
"""

import io
from collections.abc import Callable, Iterator

import httpx
import numpy as np
import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from audio.files import Audio, encode_wav
from audio.synth.crowd import applause
from tests.conftest import Tenant
from tests.stripe.connecting import stripe
from tifo.wsgi import application
from tifo_client import Tifo
from tifo_client.shapes import RegisteredKiosk

__all__ = ["stripe"]
HOST = "http://testserver"
Connect = Callable[[str], Tifo]


def network() -> httpx.WSGITransport:
    return httpx.WSGITransport(app=application)


@pytest.fixture
def connections_stay(db: None) -> Iterator[None]:
    """A request's start and end close old connections, which would end the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def connect(connections_stay: None) -> Iterator[Connect]:
    opened: list[Tifo] = []

    def make(key: str) -> Tifo:
        opened.append(Tifo(key, HOST, network=network()))
        return opened[-1]

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def tifo(connect: Connect, tenant: Tenant) -> Tifo:
    return connect(tenant.live_key)


@pytest.fixture
def kiosk(tifo: Tifo) -> RegisteredKiosk:
    return tifo.kiosks.register("Gate 7", "north", capabilities=["led", "audio"])


@pytest.fixture
def clapping() -> io.BytesIO:
    made = io.BytesIO()
    encode_wav(Audio(applause(1.0, np.random.default_rng(1))[:, None], 16_000), made)
    made.seek(0)
    return made

"""The platform's settings without middleware, so that only the gate tells two views apart."""

from bench.settings import *  # noqa: F403

ROOT_URLCONF = "bench.peers.gated"
MIDDLEWARE = []

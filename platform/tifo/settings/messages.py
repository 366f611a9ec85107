"""How Celery's messages travel."""

import urllib.parse
from typing import Any, Final

TRANSPORT: Final[dict[str, Any]] = {
    # A wake-up that a worker died with: Redis looks for it so often, once it is as old as no job
    # gets. It names no job, so one too many does no harm; the sweep makes up for one too few.
    "visibility_timeout": 7200,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    # Whoever asks for a job must not wait for a broker that is away: the sweep publishes it later.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}


def broker(redis_url: str) -> str:
    """Celery's spelling of a Redis address (kombu writes unix sockets as `redis+socket://`)."""
    parts = urllib.parse.urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    number = urllib.parse.parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={number}"

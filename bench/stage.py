"""Where the gate's figures play: an organisation with its fans, and a server before each view."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Final

from django.core.management import call_command
from django.db import connection

from apps.live_audio_feedback.services import create_session
from bench.load import Answered, Burst, fire, request
from bench.peers.api_keys import api_keys
from bench.processes import apart, listens, running
from bench.servers import Servers
from bench.streams import Choir, Sung, sung
from foundation.clock import now
from gateway.admission.steps import admit
from gateway.callers.authentication import from_token
from gateway.operations import reads
from tenants import queries
from tenants.models import ContractLimit, Organisation
from tenants.scopes import developer_scopes
from tenants.services.keys import create_key
from tenants.services.organisations import create_organisation
from tifo.supervisor.services.sockets import free_port

HOT: Final = "/v1/usage/events"
GRANIAN: Final = "bench.peers.serving"
UVICORN: Final = "bench.peers.serving_asgi"
KEYS = 100
FANS = 10_000
FANS_AT_ONCE = 500
ZONES = 8
PLENTY = 10**6  # units a second: every limit is decided, none refuses


@dataclass(frozen=True)
class Endpoint:
    """A server on a loopback port, what it is asked in turn, and the status of every answer.

    `pid` is the process at the head of the server's family.
    """

    pid: int
    port: int
    requests: Sequence[str] = ()
    status: int = 202

    def fire(self, *, answers: int, connections: int) -> Answered:
        """Ask from another process; raises WrongAnswer."""
        return fire(Burst(self.port, self.requests, self.status, answers, connections))

    def asked(
        self, path: str, credentials: Sequence[str], *, in_header: bool = False
    ) -> "Endpoint":
        """The same server, told of one fan per request, with the credentials in turn.

        The body names the fan; `in_header` names him where our views look for him, too.
        """
        requests = [
            request(
                "POST",
                path,
                headers={
                    "Authorization": credentials[number % len(credentials)],
                    "Content-Type": "application/json",
                    **({"Tifo-End-User": fan} if in_header else {}),
                },
                body=json.dumps({"end_users": [fan]}),
            )
            for number, fan in enumerate(fans())
        ]
        return replace(self, requests=requests)


@dataclass(frozen=True)
class Live:
    """A server that hears live sound at the paths, and what opens its sockets.

    `pid` is the process at the head of the server's family.
    """

    pid: int
    port: int
    paths: Sequence[str]
    headers: dict[str, str]

    def sung(self, streams: int, *, seconds: float, frames: int = 1) -> Sung:
        """Let so many speak to it. Raises WrongAnswer."""
        return sung(Choir(self.port, self.paths, self.headers, streams, seconds, frames))


class Stage:
    """Our servers and the peers', on the same Postgres and Redis; see `stage`."""

    def __init__(self, servers: Servers, ends: ExitStack) -> None:
        self._servers = servers
        self._ends = ends

    def hot(self) -> Endpoint:
        """Our hot endpoint behind `tifo sockets`, as production runs it."""
        port = free_port()
        given = {"TIFO_SOCKETS_PORT": str(port), "DJANGO_SETTINGS_MODULE": "tifo.settings.base"}
        server = self._run([sys.executable, "-m", "tifo", "sockets"], port, given)
        return server.asked(HOT, [f"Bearer {token}" for token in our_tokens()])

    def live(self, *, streams: int) -> Live:
        """`tifo sockets` that hears so many streams, and a session of eight zones for them."""
        port = free_port()
        given = {
            "TIFO_SOCKETS_PORT": str(port),
            "TIFO_LIVE_STREAMS": str(streams),
            "DJANGO_SETTINGS_MODULE": "tifo.settings.base",
        }
        server = self._run([sys.executable, "-m", "tifo", "sockets"], port, given)
        organisation = generous_organisation()
        zones = [f"zone-{number}" for number in range(ZONES)]
        session = create_session(
            organisation=organisation,
            livemode=True,
            name="Terrace",
            zones=zones,
            ends_at=now() + timedelta(hours=2),
            now=now(),
        )
        _, token = create_key(
            organisation=organisation,
            name="Microphones",
            livemode=True,
            scopes=developer_scopes(),
            now=now(),
        )
        paths = [f"/v1/sessions/{session.pk}/stream?zone={zone}" for zone in zones]
        return Live(server.pid, port, paths, {"Authorization": f"Bearer {token}"})

    def channels(self) -> Live:
        """A Channels consumer for each microphone, which scores by itself."""
        server = self._django("bench.peers.settings", server="bench.peers.channels_scores")
        return Live(server.pid, server.port, ["/stream"], {})

    def gated(self, *, prefetch: bool) -> Endpoint:
        """A view of Django REST framework behind our gate, under WSGI.

        All calls come under one key, as from a server: that is what prefetching is for.
        """
        given = {"TIFO_GATE_PREFETCH": "on" if prefetch else "off"}
        server = self._django("bench.peers.gated_settings", given)
        credentials = [f"Bearer {token}" for token in our_tokens(keys=1)]
        return server.asked("/gated", credentials, in_header=True)

    def ungated(self) -> Endpoint:
        """The same view without the gate, with the same settings and a server of its own."""
        server = self._django("bench.peers.gated_settings")
        return server.asked("/bare", ["Bearer nobody-asks"], in_header=True)

    def peer(self, path: str, *, server: str = GRANIAN) -> Endpoint:
        """One of `bench.peers.views`."""
        return self._django("bench.peers.settings", server=server).asked(
            path, [f"Api-Key {token}" for token in their_tokens()]
        )

    def _django(
        self,
        settings: str,
        environment: Mapping[str, str] | None = None,
        *,
        server: str = GRANIAN,
    ) -> Endpoint:
        port = free_port()
        command = [sys.executable, "-m", server, str(port)]
        return self._run(command, port, {"DJANGO_SETTINGS_MODULE": settings, **(environment or {})})

    def _run(self, command: Sequence[str], port: int, environment: Mapping[str, str]) -> Endpoint:
        log = self._servers.folder / f"{port}.log"
        server = running(command, log=log, ready=lambda: listens(port), environment=environment)
        return Endpoint(self._ends.enter_context(server), port)


@contextmanager
def stage(servers: Servers) -> Iterator[Stage]:
    """Stores with all tables, and cores shared out; every server ends with the block."""
    servers.start_postgres()
    servers.start_redis()
    call_command("migrate", verbosity=0, run_syncdb=True, skip_checks=True)
    with apart(), ExitStack() as ends:
        yield Stage(servers, ends)
    connection.close()


def generous_organisation() -> Organisation:
    """An organisation of tier Pro, with the limits of its tier in number and kind, but wider."""
    organisation, _, _ = create_organisation(name="Terrace", email="dev@bench.example", now=now())
    organisation.tier_id = "pro"
    organisation.save(update_fields=["tier"])
    tier = queries.tier_version(organisation.tier_id, now())
    for limit in queries.tier_limits(tier).values():
        wider = replace(limit, quantity=PLENTY, burst=PLENTY if limit.burst else 0)
        ContractLimit.objects.create(organisation=organisation, **asdict(wider))
    return organisation


def our_tokens(keys: int = KEYS) -> list[str]:
    """The secrets of the keys of a new organisation, which has seen every fan this month."""
    organisation = generous_organisation()
    made = [
        create_key(
            organisation=organisation,
            name=f"Key {number}",
            livemode=True,
            scopes=developer_scopes(),
            now=now(),
        )
        for number in range(keys)
    ]
    tokens = [token for _, token in made]
    caller = from_token(tokens[0], now=now())
    for first in range(0, FANS, FANS_AT_ONCE):
        some = fans()[first : first + FANS_AT_ONCE]
        admit(caller, reads("usage:read"), now=now(), end_users=some)
    return tokens


def their_tokens() -> list[str]:
    """The secrets of as many keys of the peer's."""
    made = (api_keys().objects.create_key(name=f"Key {number}") for number in range(KEYS))
    return [token for _, token in made]


def fans() -> list[str]:
    """In the developer's own naming."""
    return [f"fan-{number}" for number in range(FANS)]

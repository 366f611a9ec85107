"""Who takes part: one organisation, and a key for each program that may do only its own work."""

from collections.abc import Callable
from dataclasses import dataclass

from demo.pace import Pace
from demo.report import Check
from demo.voice import Voice
from tifo_client import Tifo
from tifo_client.errors import ScopeMissing

SCOPES = {
    "scoreboard": ["sessions:write", "sessions:read", "sessions:stream"],
    "studio": ["tracks:write", "tracks:read", "effects:write", "effects:read", "jobs:read"],
    "director": ["kiosks:write", "kiosks:read", "events:read", "models:check"],
    # A view link reads no more than its key, so the office reads all that the live page shows.
    "office": [
        "organisation:write", "organisation:read", "tickets:write",
        "usage:read", "events:read", "jobs:read", "sessions:read", "kiosks:read",
    ],
}  # fmt: skip
PATIENCE_S = 5.0  # what one call may wait when the request rate is reached all the same


@dataclass(frozen=True)
class Cast:
    """A client for each program, under its own live key; how they call, and how they tell of it."""

    address: str
    call: Pace
    say: Callable[[str, str], None]
    scoreboard: Tifo
    studio: Tifo
    director: Tifo
    office: Tifo

    def close(self) -> None:
        for client in (self.scoreboard, self.studio, self.director, self.office):
            client.close()


async def assemble(address: str, voice: Voice) -> Cast:
    """Sign up, and hand out narrow keys; the first, broad one is not used again."""
    call = Pace()
    organisation = await call(Tifo.sign_up, "Tifo Demo FC", "owner@demo.example", address)
    voice.say("account", f"{organisation.name} signed up as {organisation.id}, tier Beta")
    clients = {}
    with Tifo(organisation.live_key, address) as owner:
        for name, scopes in SCOPES.items():
            key = await call(owner.keys.create, name.title(), scopes, livemode=True)
            # Making effects must show every 429; the others may wait a moment.
            patience_s = 0.0 if name == "studio" else PATIENCE_S
            clients[name] = Tifo(key.secret, address, patience_s=patience_s)
    voice.say("account", f"{len(SCOPES)} live keys, each for one job: {', '.join(SCOPES)}")
    return Cast(address, call, voice.say, **clients)


async def check_keys(cast: Cast) -> list[Check]:
    """A key that leaks opens one door only."""
    try:
        await cast.call(cast.scoreboard.invoices.preview)
    except ScopeMissing as refused:
        return [Check("Narrow keys", True, f"the scoreboard's key reads no bill: {refused.code}")]
    return [Check("Narrow keys", False, "the scoreboard's key may read the bill")]

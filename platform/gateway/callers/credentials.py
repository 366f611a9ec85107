"""The callers that this process knows: a credential seen before costs no I/O.

A kept caller is never the last word. In exact mode the limits' script compares its epoch, so a key
that was revoked is not admitted even here; what is kept ends by itself after five seconds.
"""

import functools
import hashlib
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from gateway.callers.caller import Caller
from gateway.stores import when_lost

LIFETIME = timedelta(seconds=5)
# While Postgres is away a known key goes on for as long as this. One that was revoked before does
# so only where Redis, which holds the epoch, is away as well.
STALE = timedelta(minutes=10)
# A device with a wrong key asks again and again; others behind its address should not pay for it.
UNKNOWN_FOR = timedelta(seconds=10)
MOST = 100_000


@dataclass(frozen=True, slots=True)
class _Entry:
    caller: Caller
    read_at: datetime
    until: datetime
    ends_at: datetime | None
    generation: int


class Credentials:
    """Callers by a digest of their secret, which itself is kept nowhere; safe for threads."""

    def __init__(self, *, lifetime: timedelta = LIFETIME, most: int = MOST) -> None:
        self._lifetime = lifetime
        self._most = most
        # Looked up by a keyed digest: how long that takes tells nothing of any secret.
        self._hash = hashlib.blake2b(digest_size=16, key=secrets.token_bytes(32))
        self._entries: dict[bytes, _Entry] = {}
        self._unknown: dict[bytes, datetime] = {}
        self._epochs: dict[str, int] = {}
        self._generation = 0
        self._lock = threading.Lock()
        self._random = Random()  # noqa: S311  (spreads the ends of what was read together)

    def known(self, token: str, now: datetime) -> Caller | None:
        """The caller of this credential, if what was read of it may still be relied upon."""
        digest = self._hash.copy()
        digest.update(token.encode())
        entry = self._entries.get(digest.digest())
        if entry is None or entry.until <= now or entry.generation != self._generation:
            return None
        caller = entry.caller
        return None if self.outdated(caller) else caller

    def stale(self, token: str, now: datetime) -> Caller | None:
        """The caller as it was read minutes ago, for when nothing newer can be read."""
        entry = self._entries.get(self._digest(token))
        if entry is None or entry.read_at <= now - STALE or self.outdated(entry.caller):
            return None
        return None if entry.ends_at and entry.ends_at <= now else entry.caller

    def unknown(self, token: str, now: datetime) -> bool:
        """Whether nobody knew this credential a moment ago."""
        return self._unknown.get(self._digest(token), now) > now

    def mark_unknown(self, token: str, now: datetime) -> None:
        """Note that this credential is nobody's: a key is made at random, so it will stay so."""
        with self._lock:
            if len(self._unknown) >= self._most // 10:
                self._unknown.clear()
            self._unknown[self._digest(token)] = now + UNKNOWN_FOR

    @property
    def generation(self) -> int:
        """How often everything was cleared; to be asked for before a caller is read."""
        return self._generation

    def keep(
        self,
        token: str,
        caller: Caller,
        *,
        now: datetime,
        until: datetime | None,
        generation: int | None = None,
    ) -> None:
        """Keep what was read at `now`, no longer than `until`.

        Nobody relies on it if news were missed since `generation`, which is the present one unless
        it is given.
        """
        end = now + self._lifetime * self._random.uniform(0.8, 1.0)
        known_until = min(end, until) if until else end
        if generation is None:
            generation = self._generation
        entry = _Entry(caller, now, known_until, until, generation)
        with self._lock:
            if len(self._entries) >= self._most:
                for oldest in list(islice(self._entries, self._most // 10 + 1)):
                    del self._entries[oldest]
            digest = self._digest(token)
            self._entries.pop(digest, None)  # so that it counts as the newest
            self._entries[digest] = entry

    def outdate(self, organisation_id: str, epoch: int) -> None:
        """Rely on nothing that was read of the organisation before this epoch."""
        with self._lock:
            if len(self._epochs) >= self._most:
                self._entries.clear()  # what is not remembered must not be needed
                self._epochs.clear()
            self._epochs[organisation_id] = max(epoch, self._epochs.get(organisation_id, 0))

    def clear(self) -> None:
        """Rely on nothing that was read so far: news may have been missed."""
        with self._lock:
            self._generation += 1

    def outdated(self, caller: Caller) -> bool:
        """Whether the organisation is known to have changed since the caller was read."""
        return caller.epoch < self._epochs.get(caller.organisation.id, 0)

    def _digest(self, token: str) -> bytes:
        digest = self._hash.copy()
        digest.update(token.encode())
        return digest.digest()


@functools.cache
def credentials() -> Credentials:
    """This process's own."""
    kept = Credentials()
    when_lost(kept.clear)  # an epoch may have been lost with the last second
    return kept

"""The device sockets of one process together: one look into Postgres serves them all.

The channel layer carries a cue at once, and may lose it; Postgres holds it until it expires. Every
few seconds the fleet looks there for cues that were never delivered, and notes whose sockets are
open.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from django.db import DatabaseError

from apps.noucamp import queries, shapes
from apps.noucamp.models import Cue
from apps.noucamp.services import cues, kiosks
from foundation.batching import Batch, in_thread
from foundation.clock import now
from gateway.callers.caller import Caller

LOOK_AGAIN_S = 3.0
logger = logging.getLogger(__name__)


class Member(Protocol):
    """A device socket, as its fleet knows it; `seen_at` is when it was last noted as open."""

    caller: Caller
    heard_at: datetime
    seen_at: datetime

    async def deliver(self, frames: Sequence[dict[str, Any]]) -> None: ...


class Fleet:
    """Lives as long as its process; its watch runs while at least one socket is open."""

    def __init__(self, look_again_s: float = LOOK_AGAIN_S) -> None:
        self.look_again_s = look_again_s
        self.deliveries: Batch[tuple[str, datetime], None] = Batch(cues.mark_delivered)
        self.acknowledgements: Batch[cues.Acknowledgement, Cue] = Batch(
            lambda batch: cues.acknowledge_all(batch, now=now())
        )
        self._members: set[Member] = set()
        self._watch: asyncio.Task[None] | None = None

    def join(self, member: Member) -> None:
        self._members.add(member)
        if self._watch is None:
            self._watch = asyncio.create_task(self._look_again())

    def leave(self, member: Member) -> bool:
        """Returns whether it was the last socket of its kiosk here."""
        self._members.discard(member)
        if not self._members and self._watch is not None:
            self._watch.cancel()
            self._watch = None
        kiosk_id = member.caller.kiosk_id
        others = [other for other in self._members if other.caller.kiosk_id == kiosk_id]
        for other in others:
            other.seen_at = max(other.seen_at, member.seen_at)  # what was noted is theirs now
        return not others

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(self.look_again_s)
            try:
                await self._look(list(self._members))
            except DatabaseError as error:
                logger.warning("device sockets not looked after", extra={"error": str(error)})

    async def _look(self, members: Sequence[Member]) -> None:
        heard = {member.caller.kiosk_id: member.heard_at for member in members}
        moment = now()
        for member in members:
            member.seen_at = moment
        await in_thread(kiosks.saw_sockets, heard, now=moment)
        waiting = await in_thread(queries.undelivered, list(heard), now=now())
        frames: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for cue in waiting:
            frames[cue.kiosk_id].append(shapes.cue_frame(cue))
        acts = [member.deliver(frames[member.caller.kiosk_id]) for member in members]
        # One socket whose peer has vanished must not keep the others from their cues.
        await asyncio.gather(*acts, return_exceptions=True)


FLEET = Fleet()

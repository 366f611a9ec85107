"""Workers: what each can do, as its heartbeats tell, so that no job goes where none can run it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from jobs.models import Worker

HEARTBEAT: Final = timedelta(seconds=5)
SILENT: Final = 4 * HEARTBEAT
"""After so long without a heartbeat a worker is taken for dead."""
MISSED: Final = timedelta(seconds=60)
"""So long what prefers an accelerator waits for one that had workers: they may be restarted."""
FORGOTTEN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advertisement:
    """What a worker says of itself; `device`, `loaded` and `readings` as in `models.Worker`."""

    id: str
    machine: str
    accelerator: str
    queues: Sequence[str]
    started_at: datetime
    state: str
    job: str = ""
    device: Mapping[str, Any] = field(default_factory=dict)
    loaded: Sequence[str] = ()
    readings: Mapping[str, Any] = field(default_factory=dict)


def beat(said: Advertisement, *, now: datetime) -> None:
    """Note that the worker lives, and what it says."""
    Worker.objects.update_or_create(
        id=said.id,
        defaults={
            "machine": said.machine,
            "accelerator": said.accelerator,
            "queues": list(said.queues),
            "state": said.state,
            "job": said.job,
            "device": dict(said.device),
            "loaded": list(said.loaded),
            "readings": dict(said.readings),
            "started_at": said.started_at,
            "heartbeat_at": now,
        },
    )


def leave(worker_id: str) -> None:
    """It has ended as it should, and nobody waits for its next heartbeat. What it computed on may
    be there again in a moment."""
    Worker.objects.filter(pk=worker_id).update(state=Worker.State.LEFT, job="", queues=[])


def living(now: datetime) -> QuerySet[Worker]:
    """Those that were heard of lately."""
    return Worker.objects.filter(heartbeat_at__gt=now - SILENT).exclude(state=Worker.State.LEFT)


def accelerators(now: datetime, *, within: timedelta | None = None) -> set[str]:
    """What there is a living worker for; or was `within` so long, though it has left."""
    there = living(now)
    if within is not None:
        there = Worker.objects.filter(heartbeat_at__gt=now - within)
    return set(there.values_list("accelerator", flat=True))


def forget(*, now: datetime) -> None:
    """Those that fell silent long ago."""
    Worker.objects.filter(heartbeat_at__lt=now - FORGOTTEN).delete()

"""A job's beginning: its row, its queue and its turn."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from foundation.ids import new_id
from jobs import rules
from jobs.models import Job
from jobs.registry import work_of
from jobs.services.turns import begin
from jobs.services.workers import accelerators
from metering.meters import MeterName
from tenants.models import Organisation
from tenants.queries import tier_version


def enqueue(
    *,
    organisation: Organisation,
    livemode: bool,
    kind: str,
    payload: dict[str, Any],
    accelerator: str,
    now: datetime,
    required: bool = False,
    priority: int = Job.Priority.NORMAL,
    deadline_at: datetime | None = None,
    metadata: Mapping[str, str] | None = None,
    expected_seconds: float = rules.UNKNOWN_SECONDS,
    model: str = "",
    needs_bytes: int = 0,
    alike: str = "",
    meter: MeterName | None = None,
    quantity: int = 0,
    charges: Sequence[dict[str, Any]] = (),
    key_id: str = "",
    family: str = "",
) -> Job:
    """Record the work; it is published when the surrounding transaction has committed.

    It waits for the `accelerator` where that is `required`, and else goes to the processor while no
    worker has one. `priority` and `deadline_at` order it among its organisation's own; what has
    not ended by its deadline ends then, and costs nothing. Its turn costs the `expected_seconds` of
    work (above 0), which whoever knows the input can tell. `model` is the SHA-256 of the model that
    it needs, in `needs_bytes` of memory. What is `alike`, in at most 80 characters, may be done
    together with others of the organisation's that are.

    Its success counts `quantity` units of the `meter`, under the key and family that asked.

    `charges` (JSON) come back to `signals.refund_due` where nothing is owed for the job.
    """
    if not 0 < expected_seconds < math.inf:
        raise ValueError(f"{expected_seconds} seconds of work are none.")
    queue = rules.queue_name(_reachable(accelerator, now, required=required), work_of(kind))
    guaranteed = deadline_at is not None and tier_version(organisation.tier_id, now).sla
    job = Job(
        id=new_id("job", now),
        organisation=organisation,
        livemode=livemode,
        kind=kind,
        accelerator=accelerator,
        required=required,
        queue=queue,
        priority=priority,
        deadline_at=deadline_at,
        urgent_at=rules.urgent_at(deadline_at, seconds=expected_seconds, guaranteed=guaranteed),
        expected_seconds=expected_seconds,
        metadata=dict(metadata or {}),
        model=model,
        needs_bytes=needs_bytes,
        alike=alike,
        payload=payload,
        meter=meter or "",
        quantity=quantity,
        charges=list(charges),
        key_id=key_id,
        family=family,
        created_at=now,
    )
    begin(job, now=now)
    return job


def _reachable(accelerator: str, now: datetime, *, required: bool) -> str:
    if required or accelerator == Job.Accelerator.CPU or accelerator in accelerators(now):
        return accelerator
    return Job.Accelerator.CPU

"""Jobs that are asked for, taken and served, with what tiers grant."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from jobs import services
from jobs.models import Job
from jobs.registry import Result
from tenants.models import Organisation, TierVersion
from tests.conftest import Tenant

CPU, GPU = "cloud.cpu.batch", "cloud.gpu.batch"


def ask(tenant: Tenant, now: datetime, **more: Any) -> Job:
    """A job, with what is said of it here."""
    plain: dict[str, Any] = {"kind": "test.turns", "payload": {}, "accelerator": "cpu"}
    return services.enqueue(
        organisation=Organisation.objects.get(pk=tenant.organisation.pk),
        livemode=True,
        now=now,
        **plain | more,
    )


def take(now: datetime, queue: str = CPU, **claimer: Any) -> Job | None:
    return services.claim(queue, by=services.Claimer(**claimer), now=now)


def served(now: datetime, queue: str = CPU) -> Iterable[Job]:
    """The jobs in the order in which one worker takes them, each done before the next."""
    while job := take(now, queue):
        services.succeed(job, Result(), now=now)
        yield job


def grant(tier: str, *, weight: int, at_once: int) -> None:
    TierVersion.objects.filter(tier=tier).update(job_weight=weight, jobs_at_once=at_once)


def move(tenant: Tenant, tier: str) -> None:
    Organisation.objects.filter(pk=tenant.organisation.pk).update(tier_id=tier)


def job_held(job: Job) -> Job:
    return Job.objects.select_related("organisation").get(pk=job.pk)

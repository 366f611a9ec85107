"""How long a small organisation waits behind another's flood of jobs."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.core.management import call_command
from django.db import connection

from bench.figure import Better, Counted, Sides, figure
from bench.servers import Servers
from foundation.clock import now
from jobs import services
from jobs.models import Job
from jobs.registry import Result
from jobs.rules import queue_name
from tenants.models import Organisation

QUEUE: Final = queue_name("cpu")
FLOOD: Final = 5_000
SMALL: Final = 20


@figure(
    "flood_wait_vs_share",
    kind=Counted("times its fair share", Better.LOWER),
    measures="the wait of 20 jobs behind another's flood of 5,000, in jobs done before each",
    peer="first come, first served",
    warm_up=False,
)
def flood_wait(servers: Servers) -> Iterator[Sides]:
    """Its fair share: of two that wait, every second job is its own."""
    servers.start_postgres()
    servers.start_redis()
    call_command("migrate", verbosity=0, skip_checks=True)
    moment = now()
    flooding, small = (_club(name, moment) for name in ("Flood", "Small"))
    yield Sides(lambda: _fair(flooding, small), lambda: _first_come(flooding, small))
    Job.objects.all().delete()
    connection.close()


def _fair(flooding: Organisation, small: Organisation) -> float:
    _ask_for_all(flooding, small)
    return _waited(_served(), small)


def _first_come(flooding: Organisation, small: Organisation) -> float:
    _ask_for_all(flooding, small)
    return _waited(Job.objects.order_by("created_at", "pk").iterator(), small)


def _ask_for_all(flooding: Organisation, small: Organisation) -> None:
    """The flood first; what waits behind its own jobs is written at once, as requests leave it."""
    Job.objects.all().delete()
    first = [_ask(flooding) for _ in range(8)]
    parked = next(job for job in first if job.turn is None)
    Job.objects.bulk_create(
        Job(**{**_facts(parked), "id": f"job_flood_{number:06}"}) for number in range(FLOOD - 8)
    )
    for _ in range(SMALL):
        _ask(small)


def _served() -> Iterable[Job]:
    """One worker takes what has its turn, and settles it."""
    while job := services.claim(QUEUE, by=services.Claimer(), now=now()):
        services.succeed(job, Result(), now=now())
        yield job


def _waited(order: Iterable[Job], small: Organisation) -> float:
    """Where its jobs came, against where its share would have put them: second, fourth, …"""
    numbered = enumerate(order, start=1)
    mine = (place for place, job in numbered if job.organisation_id == small.pk)
    places = list(islice(mine, SMALL))
    assert len(places) == SMALL
    return sum(places) / sum(2 * number for number in range(1, SMALL + 1))


def _ask(organisation: Organisation) -> Job:
    return services.enqueue(
        organisation=organisation,
        livemode=True,
        kind="bench.flood",
        payload={},
        accelerator="cpu",
        now=now(),
    )


def _facts(job: Job) -> dict[str, Any]:
    return {field.attname: getattr(job, field.attname) for field in Job._meta.concrete_fields}


def _club(name: str, moment: datetime) -> Organisation:
    return Organisation.objects.create(
        id=f"org_{name.lower()}", name=name, tier_id="beta", created_at=moment
    )

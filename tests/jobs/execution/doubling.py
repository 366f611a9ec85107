"""Jobs that double a number, and that may be done together."""

from collections.abc import Sequence
from typing import Any

from foundation import clock
from jobs import registry, services
from jobs.models import Job
from jobs.registry import Result, Task, Together
from tests.conftest import Tenant
from tests.jobs.work import SECOND

KIND = "test.doubles"


def doubled_together(tasks: Sequence[Task]) -> list[Result | None]:
    """One that does not know what three are doubled leaves it alone; and four break it."""
    numbers = [task.payload["number"] for task in tasks]
    if 4 in numbers:
        raise ArithmeticError
    return [None if each == 3 else Result({"is": 2 * each, "of": len(tasks)}) for each in numbers]


@registry.handles(KIND, together=Together(doubled_together, most=4, within=10 * SECOND))
def doubled(task: Task) -> Result:
    return Result({"is": 2 * task.payload["number"], "of": 1})


def ask(tenant: Tenant, *numbers: int, **given: Any) -> list[Job]:
    return [
        services.enqueue(
            organisation=tenant.organisation,
            livemode=given.get("livemode", True),
            kind=given.get("kind", KIND),
            payload={"number": number},
            accelerator="cpu",
            alike=given.get("alike", "two"),
            deadline_at=given.get("deadline_at"),
            needs_bytes=given.get("needs_bytes", 0),
            now=clock.now(),
        )
        for number in numbers
    ]


def claim(job: Job) -> Job:
    taken = services.claim(job.queue, by=services.Claimer(), now=clock.now())
    assert taken
    return taken

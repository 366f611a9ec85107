"""Where a job goes, why it still waits and for how long: pure decisions on plain values.

Turns themselves are given by a function of the database (`services.turns`).
"""

from datetime import datetime, timedelta
from typing import Final, Literal

Accelerator = Literal["cpu", "gpu", "npu"]
Reason = Literal["no_capacity", "warming", "throttled", "worker_unhealthy", "paused_thermal"]

PLACEMENT: Final = "cloud"
CLASSES: Final = ("rt", "batch")
UNKNOWN_SECONDS: Final = 1.0
"""What a job is taken to last of which nobody knows more."""


def queue_name(accelerator: str, work: str = "batch", placement: str = PLACEMENT) -> str:
    """Such as cloud.gpu.batch: where it runs, on what, and whether somebody waits for it."""
    return f"{placement}.{accelerator}.{work}"


def accelerator_of(queue: str) -> str:
    """The accelerator in a queue's name."""
    return queue.split(".")[1]


def rerouted(queue: str, accelerator: str) -> str:
    """The same class of work at the same place, on another accelerator."""
    placement, _, work = queue.split(".")
    return queue_name(accelerator, work, placement)


def urgent_at(deadline_at: datetime | None, *, seconds: float, guaranteed: bool) -> datetime | None:
    """From when on it must be begun to meet its deadline: twice the time that its kind takes.

    Only where the tier guarantees objectives: whoever sets itself deadlines would else go first.
    """
    if deadline_at is None or not guaranteed:
        return None
    return deadline_at - timedelta(seconds=2 * seconds)


def why_it_waits(*, parked: bool, living: int, silent: int, paused: int, starting: int) -> Reason:
    """Of a queued job, by the workers of its queue: how many live (paused and starting ones among
    them), and how many fell silent without taking leave."""
    if parked:
        return "throttled"
    if not living:
        return "worker_unhealthy" if silent else "no_capacity"
    if paused == living:
        return "paused_thermal"
    if starting == living:
        return "warming"
    return "no_capacity"


def between(*, own: int, weight: int, other: int, waiting: int) -> int:
    """How many jobs of others get their turn before a parked one that `own` of its organisation's
    precede: of the `waiting` ones, as many for each of its own as the `other` weight, which is of
    all those organisations summed up, is of its own `weight`."""
    return min(waiting, -(-(own + 1) * other // weight))

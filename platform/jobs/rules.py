"""Who is next in a queue, and why a job still waits: pure decisions on plain values.

Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996): a job's turn is the later of the
queue's virtual time and the end of its organisation's last turn, and its organisation's next turn
begins `cost / weight` after it. The lowest turn goes first, so that organisations that wait at the
same time are served in proportion to their weights, and one that was idle neither gains nor loses.
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


def turn(*, virtual: float, finish: float) -> float:
    """Where a job begins in the queue's virtual time."""
    return max(virtual, finish)


def finish(*, turn: float, seconds: float, weight: int) -> float:
    """Where it ends there: `seconds` of work, of which a heavier organisation gets more at once."""
    return turn + seconds / weight


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


def place(*, ahead: int, own: int, weight: int, others: dict[int, int]) -> int:
    """The place of a parked job, 1 for the next: behind `ahead` that have their turn, `own` of its
    organisation's, and what other organisations get meanwhile; `others` is how many jobs of theirs
    wait, by the weight of each such organisation's tier summed up."""
    between = sum(
        min(waiting, -(-(own + 1) * other // weight)) for other, waiting in others.items()
    )
    return ahead + own + between + 1

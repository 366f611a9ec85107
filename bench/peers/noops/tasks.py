"""A job of the platform that does nothing, as a worker of `bench.settings` finds it."""

from jobs.registry import Result, Task, handles

KIND = "bench.noop"


@handles(KIND, work="rt")
def noop(task: Task) -> Result:
    """Nothing."""
    return Result()

"""What is told of a job while it goes on."""

from typing import Final, TypedDict

from foundation.events.catalogue import Durable, Passing, declare


class JobData(TypedDict):
    id: str
    kind: str
    state: str
    progress: float
    accelerator: str
    attempt: int


JOB_QUEUED: Final = declare(
    Durable(name="job.queued", frame="job", data=JobData, meaning="Work was asked for.")
)
JOB_RUNNING: Final = declare(
    Durable(
        name="job.running",
        frame="job",
        data=JobData,
        meaning="A worker has begun an attempt, the first or another one.",
    )
)
JOB_PROGRESSED: Final = declare(
    Passing(
        name="job.progressed",
        frame="job",
        data=JobData,
        meaning="The worker has reported how far it is, at most four times a second.",
    )
)
JOB_SUCCEEDED: Final = declare(
    Durable(
        name="job.succeeded",
        frame="job",
        data=JobData,
        meaning="The job has ended with a result, which the job itself holds.",
    )
)
JOB_FAILED: Final = declare(
    Durable(
        name="job.failed",
        frame="job",
        data=JobData,
        meaning="The job has ended with an error, which the job itself holds.",
    )
)
JOB_CANCELLED: Final = declare(
    Durable(
        name="job.cancelled",
        frame="job",
        data=JobData,
        meaning="The job was cancelled, and no worker is at it any more.",
    )
)

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
JOB_CANCELLING: Final = declare(
    Durable(
        name="job.cancelling",
        frame="job",
        data=JobData,
        meaning="Its caller wants it stopped, and its worker has not stopped yet.",
    )
)
JOB_CANCELLED: Final = declare(
    Durable(
        name="job.cancelled",
        frame="job",
        data=JobData,
        meaning="The job was cancelled while it ran, and its worker has stopped.",
    )
)
JOB_ABORTED: Final = declare(
    Durable(
        name="job.aborted",
        frame="job",
        data=JobData,
        meaning="The job was cancelled before any worker had begun it.",
    )
)
JOB_EXPIRED: Final = declare(
    Durable(
        name="job.expired",
        frame="job",
        data=JobData,
        meaning="The job's deadline passed before it had a result.",
    )
)
JOB_DEAD: Final = declare(
    Durable(
        name="job.dead",
        frame="job",
        data=JobData,
        meaning="Its worker died at every attempt. An operator may put it on its queue again.",
    )
)

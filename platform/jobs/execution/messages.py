"""The order that begins an attempt, and the answer that ends it: JSON, and never code.

The answer comes from a process that may have run anybody's model, so nothing of it is believed that
is not of its form, and no file that is not the organisation's own.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError

from jobs.execution.line import Ended
from jobs.models import Job

Outcome = Literal["done", "failed", "cancelled", "away"]

_TOLD: Final = (
    "id", "organisation_id", "livemode", "kind", "accelerator", "ran_on", "state", "attempt",
    "payload",
)  # fmt: skip


def order(job: Job) -> bytes:
    """What the work needs of the job, so that it reads no row of its own."""
    told = {name: getattr(job, name) for name in _TOLD}
    return json.dumps(told | {"created_at": job.created_at.isoformat()}).encode()


def ordered(message: bytes) -> Job:
    """The job of an order, with what was told of it and nothing else."""
    told = json.loads(message)
    return Job(**told | {"created_at": datetime.fromisoformat(told["created_at"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How the handler ended. `files` are ids of stored files, `problem` a problem document,
    `cpu_ms` what it took of the processor, and `loaded` the models that its process now holds.
    `provider` is what its result was computed by.

    `away` is a database that could not be reached: nothing is known of the job, so nothing ends it.
    `attempt` is whose answer it is: the job's id and the number of its attempt.
    """

    outcome: Outcome
    attempt: tuple[str, int] = ("", 0)
    data: dict[str, Any] | None = None
    files: tuple[str, ...] = ()
    keep: bool = False
    problem: dict[str, Any] | None = None
    cpu_ms: int = 0
    loaded: tuple[str, ...] = ()
    provider: Annotated[str, Field(max_length=60, pattern=r"^\w*$")] = ""

    def written(self) -> bytes:
        return _answers.dump_json(self)

    @classmethod
    def read(cls, message: bytes) -> Self:
        """Raises Ended for what is no answer."""
        try:
            return _answers.validate_json(message)  # type: ignore[return-value]
        except ValidationError as wrong:
            raise Ended from wrong


_answers: Final = TypeAdapter(Answer)

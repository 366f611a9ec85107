"""The order that begins attempts, and the answer that ends each: JSON, and never code.

The answer comes from a process that may have run anybody's model, so nothing of it is believed that
is not of its form, and no file that is not the organisation's own.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError

from jobs.execution.line import Ended
from jobs.models import Job

Outcome = Literal["done", "failed", "cancelled", "away", "alone"]

_TOLD: Final = (
    "id", "organisation_id", "livemode", "kind", "accelerator", "ran_on", "state", "attempt",
    "payload",
)  # fmt: skip
_MOMENTS: Final = "created_at", "started_at"


def order(jobs: Sequence[Job]) -> bytes:
    """What the work needs of the jobs, so that it reads no row of theirs."""
    return json.dumps([_told(job) for job in jobs]).encode()


def _told(job: Job) -> dict[str, Any]:
    told = {name: getattr(job, name) for name in _TOLD}
    return told | {name: _written(getattr(job, name)) for name in _MOMENTS}


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def ordered(message: bytes) -> list[Job]:
    """The jobs of an order, with what was told of them and nothing else."""
    return [Job(**told | _moments(told)) for told in json.loads(message)]


def _moments(told: dict[str, Any]) -> dict[str, datetime]:
    return {name: datetime.fromisoformat(told[name]) for name in _MOMENTS if told.get(name)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How the handler ended. `files` are ids of stored files, `problem` a problem document,
    `cpu_ms` what it took of the processor, and `loaded` the models that its process now holds.
    `provider` is what its result was computed by.

    `alone` is what was to be done with others, and could not be: it is to be tried by itself.
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

"""From how an attempt ended to what becomes of its job."""

import logging

from django.db import InterfaceError, OperationalError

from foundation.clock import now
from foundation.errors import TifoError
from foundation.http.problems import document
from foundation.models import StoredFile
from jobs import services
from jobs.execution import patience
from jobs.execution.messages import Answer
from jobs.execution.watch import End, Late, LetGo, Lost, Refused, Stopped
from jobs.models import Job
from jobs.registry import Result
from jobs.services import Spent

logger = logging.getLogger(__name__)


def settle(job: Job, end: End, *, cpu_ms: int, ran_ms: int) -> None:
    """Write the end down; each is a no-op when this attempt no longer holds the job.

    A database that is away is waited for. Where it stays away the job is left as it is: the lease
    runs out, and it is tried again.
    """
    held = {"gpu": "gpu_ms", "npu": "npu_ms"}.get(job.ran_on)
    spent = Spent(cpu_ms=cpu_ms, **({held: ran_ms} if held else {}))
    try:
        patience.settled(job, lambda: _settle(job, end, spent))
    except (OperationalError, InterfaceError):
        logger.exception("database away, the job will run again", extra={"job": job.pk})
    except Exception:  # what cannot be written down now cannot be the next time
        logger.exception("job could not be settled", extra={"job": job.pk})
        _give_up(job, spent)


def _give_up(job: Job, spent: Spent) -> None:
    try:
        services.fail(job, document(TifoError(), request_id=job.pk), now=now(), spent=spent)
    except (OperationalError, InterfaceError):
        logger.exception("database away, the job will run again", extra={"job": job.pk})


def _settle(job: Job, end: End, spent: Spent) -> None:
    match end:
        case Answer():
            _take(job, end, spent)
        case Refused(error):
            services.fail(job, document(error, request_id=job.pk), now=now(), spent=spent)
        case Stopped():
            services.stop(job, now=now(), spent=spent)
        case Late():
            if not services.expire(job, now=now(), spent=spent):
                services.stop(job, now=now(), spent=spent)  # if it was cancelled just before
        case LetGo(blamed):
            services.let_go(job, now=now(), blamed=blamed)
        case Lost():
            logger.warning("lease lost", extra={"job": job.pk, "attempt": job.attempt})


def _take(job: Job, answer: Answer, spent: Spent) -> None:
    match answer.outcome:
        case "done":
            services.succeed(job, _result(job, answer), now=now(), spent=spent)
        case "cancelled":
            services.stop(job, now=now(), spent=spent)
        case "failed":
            problem = answer.problem or document(TifoError(), request_id=job.pk)
            services.fail(job, problem, now=now(), spent=spent)
        case "alone":
            services.let_go(job, now=now(), blamed=False)
        case "away":
            services.spare(job)


def _result(job: Job, answer: Answer) -> Result:
    """With the files that are the organisation's own, whatever others an answer may name."""
    files: tuple[StoredFile, ...] = ()
    if answer.files:
        own = StoredFile.objects.filter(organisation_id=job.organisation_id)
        files = tuple(own.filter(pk__in=answer.files))
    return Result(answer.data or {}, files, answer.keep, answer.provider)

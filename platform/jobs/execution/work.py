"""The half of an attempt that works: runs the handler, and answers. It settles nothing."""

import json
import logging
import re
import resource
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from django.db import InterfaceError, OperationalError, close_old_connections

from foundation import files
from foundation.clock import now
from foundation.errors import TifoError
from foundation.http.problems import document
from foundation.models import StoredFile
from jobs import devices, services
from jobs.execution import patience
from jobs.execution.limits import MemoryLimitExceeded
from jobs.execution.line import MOST_BYTES, Ended, Line
from jobs.execution.messages import Answer, ordered
from jobs.models import Job
from jobs.registry import Result, Save, Task, handler, together

logger = logging.getLogger(__name__)
RESULT_LIFETIME: Final = timedelta(hours=24)
RESULT_MAX_BYTES: Final = 2 * 1024**3  # half an hour of the widest upload as uncompressed sound
PROGRESS_STEP: Final = timedelta(milliseconds=250)
_ENVELOPE_BYTES: Final = 65_536
_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # as JSON writes it


class Cancelled(Exception):
    """Raised into the handler at its next progress report after a cancel."""


class ResultTooLarge(Exception):
    """Data of a result is small; what is large is a file."""


class ResultUnwritable(Exception):
    """Postgres keeps no NUL in a text."""


def serve(line: Line) -> None:
    """One order after the other, until the worker that gives them is gone."""
    while True:
        try:
            message = line.hear()
            assert message is not None
            close_old_connections()  # or one that broke while nobody used it would fail this job
            for answer in answers(ordered(message)):
                line.tell(answer.written())
        except Ended:
            return


def answers(jobs: Sequence[Job]) -> Iterator[Answer]:
    """Of a job, or of several that are done as one: then what does not go with the others is to be
    tried alone, and what it took of the processor is shared evenly among the rest."""
    if len(jobs) == 1:
        yield perform(jobs[0])
        return
    before = cpu_ms()
    results = _together(jobs)
    done = [(job, each) for job, each in zip(jobs, results, strict=True) if each is not None]
    share, rest = divmod(cpu_ms() - before, max(len(done), 1))
    for number, (job, result) in enumerate(done):
        yield _signed(job, _settled(job, partial(_same, result)), share + (number < rest))
    for job, each in zip(jobs, results, strict=True):
        if each is None:
            yield _signed(job, Answer(outcome="alone"), 0)


def _same(result: Result) -> Result:
    return result


def _together(jobs: Sequence[Job]) -> Sequence[Result | None]:
    """A result for each; None for what is left to be done alone."""
    alone = [None] * len(jobs)
    known = together(jobs[0].kind)
    if known is None:
        return alone
    logger.info("jobs started", extra={"jobs": [job.pk for job in jobs], "kind": jobs[0].kind})
    try:
        results = known.handler([_task(job) for job in jobs])
    except Exception:  # of one of them, and each will say for itself what it has
        logger.info("to be done one by one", exc_info=True, extra={"jobs": len(jobs)})
        return alone
    return results if len(results) == len(jobs) else alone


def perform(job: Job) -> Answer:
    """Run the handler of the job's kind in this process, to its answer."""
    logger.info("job started", extra={"job": job.pk, "kind": job.kind, "attempt": job.attempt})
    before = cpu_ms()
    answer = _settled(job, lambda: handler(job.kind)(_task(job)))
    return _signed(job, answer, cpu_ms() - before)


def _signed(job: Job, answer: Answer, took_ms: int) -> Answer:
    loaded = tuple(devices.loaded())
    return replace(answer, attempt=(job.pk, job.attempt), cpu_ms=took_ms, loaded=loaded)


def cpu_ms() -> int:
    """What this process has taken of the processor so far, and those that it has waited for."""
    mine = resource.getrusage(resource.RUSAGE_SELF)
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round(1000 * (mine.ru_utime + mine.ru_stime + others.ru_utime + others.ru_stime))


def _settled(job: Job, work: Callable[[], Result]) -> Answer:
    """What came of the work, whatever it was."""
    try:
        return _done(work())
    except Cancelled:
        return Answer(outcome="cancelled")
    except (OperationalError, InterfaceError, files.StoreAway):
        logger.exception("a store is away, the job will run again", extra={"job": job.pk})
        return Answer(outcome="away")
    except MemoryError:
        return _failed(job, MemoryLimitExceeded(limit_bytes=None))
    except TifoError as error:
        return _failed(job, error)
    except (Exception, SystemExit):  # a handler's way out is the job's end, not its process's
        logger.exception("job failed", extra={"job": job.pk, "kind": job.kind})
        return _failed(job, TifoError())


def _done(result: Result) -> Answer:
    written = json.dumps(result.data, allow_nan=False, ensure_ascii=False)
    if _NUL.search(written):
        raise ResultUnwritable
    size = len(written.encode())  # which half of a surrogate pair has no bytes for
    if size > MOST_BYTES - _ENVELOPE_BYTES:
        raise ResultTooLarge(size)
    saved = tuple(file.pk for file in result.files)
    return Answer(
        outcome="done", data=result.data, files=saved, keep=result.keep, provider=result.provider
    )


def _failed(job: Job, error: TifoError) -> Answer:
    return Answer(outcome="failed", problem=document(error, request_id=job.pk))


def _task(job: Job) -> Task:
    return Task(
        job.pk, job.organisation_id, job.livemode, job.payload, _progress(job), _save(job),
        job.created_at, job.ran_on,
    )  # fmt: skip


def _progress(job: Job) -> Callable[[float], None]:
    reported = now()

    def progress(share: float) -> None:
        nonlocal reported
        if now() - reported < PROGRESS_STEP:
            return
        reported = now()
        patience.drop_broken()
        try:
            unwanted = services.report_progress(job, share)
        except (
            OperationalError,
            InterfaceError,
        ):  # what is done so far is worth more than its news
            logger.warning("database away, nobody hears how far it is", extra={"job": job.pk})
            return
        if unwanted:
            raise Cancelled

    return progress


def _save(job: Job) -> Save:
    def save(name: str, content_type: str, chunks: Iterable[bytes]) -> StoredFile:
        patience.until_there(job)
        return files.store(
            organisation_id=job.organisation_id,
            name=name,
            content_type=content_type,
            chunks=chunks,
            now=now(),
            max_bytes=RESULT_MAX_BYTES,
            expires_at=now() + RESULT_LIFETIME,
        )

    return save

"""One attempt of one job: claim, keep the lease while the handler works, settle."""

import logging
import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import timedelta
from types import TracebackType

from django.db import InterfaceError, OperationalError, connection

from foundation import files
from foundation.clock import now
from foundation.errors import TifoError
from foundation.http.problems import document
from foundation.models import StoredFile
from jobs import services
from jobs.models import Job
from jobs.registry import Result, Task, handler

logger = logging.getLogger(__name__)
RESULT_LIFETIME = timedelta(hours=24)
RESULT_MAX_BYTES = 2 * 1024**3  # half an hour of the widest upload as uncompressed sound
PROGRESS_STEP = timedelta(milliseconds=250)


class Cancelled(Exception):
    """Raised into the handler at its next progress report after a cancel."""


class LeaseLost(Exception):
    """Another worker has the job: this attempt's work is thrown away."""


def run_next(queue: str, *, by: services.Claimer) -> Job | None:
    """Run the job whose turn it is in the queue; every outcome ends in a settled row.

    But for a dead process or database: then the lease runs out, and the sweep runs the job again.
    None when there was no job to run.
    """
    job = services.claim(queue, by=by, now=now())
    if job is not None:
        _execute(job)
    return job


def _execute(job: Job) -> None:
    logger.info("job started", extra={"job": job.pk, "kind": job.kind, "attempt": job.attempt})
    try:
        with _Lease(job) as lease:
            result = _work(job, lease)
        services.succeed(job, result, now=now())
    except Cancelled:
        services.stop(job, now=now())
    except LeaseLost:
        logger.warning("lease lost", extra={"job": job.pk, "attempt": job.attempt})
    except (OperationalError, InterfaceError):
        logger.exception("database away, the job will run again", extra={"job": job.pk})
    except TifoError as error:
        services.fail(job, document(error, request_id=job.pk), now=now())
    except Exception:
        logger.exception("job failed", extra={"job": job.pk, "kind": job.kind})
        services.fail(job, document(TifoError(), request_id=job.pk), now=now())


def _work(job: Job, lease: "_Lease") -> Result:
    reported = now()

    def progress(share: float) -> None:
        nonlocal reported
        if lease.lost:
            raise LeaseLost
        if now() - reported < PROGRESS_STEP:
            return
        reported = now()
        if services.report_progress(job, share):
            raise Cancelled

    def save(name: str, content_type: str, chunks: Iterable[bytes]) -> StoredFile:
        return files.store(
            organisation_id=job.organisation_id,
            name=name,
            content_type=content_type,
            chunks=chunks,
            now=now(),
            max_bytes=RESULT_MAX_BYTES,
            expires_at=now() + RESULT_LIFETIME,
        )

    task = Task(
        job.pk, job.organisation_id, job.livemode, job.payload, progress, save, job.created_at,
        job.ran_on,
    )  # fmt: skip
    return handler(job.kind)(task)


class _Lease(AbstractContextManager["_Lease"]):
    """Renews the lease from a thread of its own, so that a long computation keeps its job."""

    def __init__(self, job: Job) -> None:
        self.lost = False
        self._job = job
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)

    def __enter__(self) -> "_Lease":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def _renew(self) -> None:
        try:
            while not self._done.wait(services.LEASE.total_seconds() / 3):
                self.lost = not self._held()
                if self.lost:
                    return
        finally:
            connection.close()

    def _held(self) -> bool:
        try:
            return services.renew(self._job, now=now()) is not None
        except (OperationalError, InterfaceError):
            connection.close()  # A database that was away for a moment takes no job from us.
            return True

"""A worker at work: the jobs that it takes, one order at a time, and what it says of itself."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from foundation.clock import now
from jobs import dispatch, services
from jobs.devices import Device
from jobs.execution.company import Paces
from jobs.execution.hands import Hand, Hire
from jobs.execution.heat import too_hot
from jobs.execution.limits import Limits
from jobs.execution.messages import Answer
from jobs.execution.settlement import settle
from jobs.execution.watch import Watch
from jobs.models import Job, Worker
from jobs.services.workers import Advertisement

logger = logging.getLogger(__name__)
JOBS_PER_HAND: Final = 1000
"""Then a new one, so that what leaks a little at each job never adds up."""
KEPT_SHARE: Final = 0.75
"""Of the worker's memory: a process that holds more after a job is not kept for the next one."""

Readings = Callable[[], Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What a worker is: its name, where it stands, what it computes on and which queues it serves.

    `memory_bytes` is what its jobs may hold; `pause_celsius` from when on it takes none.
    """

    id: str
    machine: str
    device: Device
    queues: Sequence[str]
    memory_bytes: int | None = None
    pause_celsius: float | None = None


class Shift:
    """From its begin to its end. `hire` makes the processes that work, `readings` tells of heat
    (`celsius`) and power (`watts`) as far as they can be read."""

    def __init__(self, post: Post, hire: Hire, readings: Readings) -> None:
        self.post = post
        self._hire, self._readings = hire, readings
        self._hand: Hand | None = None
        self._worked = 0  # jobs of the present hand
        self._cpu_ms = 0  # which it had taken by the end of the last one
        self._loaded: tuple[str, ...] = ()
        self._paces = Paces()
        self._job = ""
        self._started_at = now()
        self._hot = False
        self._cool = threading.Event()
        self._cool.set()
        self._go_at: float | None = None
        self._ready = self._over = False
        self._news = threading.Event()
        self._herald = threading.Thread(target=self._tell, name="heartbeat", daemon=True)

    def begin(self) -> None:
        """Say that it is there, and have somebody ready to work. Raises OSError."""
        self._hand = self._hire()
        self._herald.start()

    def ready(self) -> None:
        """Wake-ups come from now on."""
        self._ready = True
        self._news.set()

    def take(self, queue: str) -> Job | None:
        """Work on the job whose turn it is, and on those that are done with it; None where there
        is none. Every outcome is settled."""
        if not self._may_claim(queue):
            return None
        hand = self._ready_hand()
        job = services.claim(queue, by=self._claimer(), now=now())
        if job is None:
            return None
        self._job = job.pk
        try:
            self._work([job, *self._company(job)], hand)
        finally:
            self._job = ""
        return job

    def drain(self, within_s: float) -> None:
        """Take no more; what is in hand may go on for so long, and is then let go. Called in the
        middle of anything, by a signal."""
        self._go_at = time.monotonic() + within_s
        self._cool.set()
        self._news.set()

    def end(self) -> None:
        """Take leave."""
        self._over = True
        self._news.set()
        self._herald.join()
        self._dismiss()
        try:
            services.leave(self.post.id)
        except (OperationalError, InterfaceError):
            logger.warning("database away, this worker is forgotten later")
        finally:
            connection.close()

    def _may_claim(self, queue: str) -> bool:
        """Waits while the device is too hot; the wake-up is another's meanwhile, as one on the way
        out is."""
        if self._cool.is_set() and self._go_at is None:
            return True
        dispatch.wake(Counter({queue: 1}))
        self._cool.wait()
        return self._go_at is None

    def _ready_hand(self) -> Hand:
        """One that died while it had nothing to do is no job's fault."""
        if self._hand is not None and not self._hand.lives():
            self._dismiss()
        if self._hand is None:
            self._hand = self._hire()
        return self._hand

    def _claimer(self) -> services.Claimer:
        return services.Claimer(
            worker=self.post.id,
            machine=self.post.machine,
            accelerator=self.post.device.accelerator,
            provider=self.post.device.provider,
            memory_bytes=self.post.memory_bytes,
            loaded=self._loaded,
        )

    def _company(self, job: Job) -> list[Job]:
        """Others that are done together with it. Without them it is done all the same."""
        most = self._paces.company(job)
        if not most:
            return []
        try:
            return services.join(job, most=most, by=self._claimer(), now=now())
        except DatabaseError:
            logger.warning("a job goes without company", exc_info=True, extra={"job": job.pk})
            return []

    def _work(self, jobs: Sequence[Job], hand: Hand) -> None:
        limits = Limits.of(jobs[0].kind, worker_bytes=self.post.memory_bytes)
        watch = Watch(jobs, hand, limits, self._must_go)
        try:
            for ended in watch.ends():
                ran_ms = round(1000 * watch.ran_s / len(jobs))
                # Ended before it is settled what it did, so that nothing is done for nobody.
                left_ms = self._dismiss() if watch.is_over and not watch.is_answered else 0
                for job, end in ended:
                    cpu_ms = self._heard(end) if isinstance(end, Answer) else left_ms
                    settle(job, end, cpu_ms=cpu_ms, ran_ms=ran_ms)
        except BaseException:
            self._dismiss()  # or its answer would be taken for that of the next job
            raise
        if watch.is_answered:
            self._paces.note(jobs, watch.ran_s)
            self._keep()

    def _must_go(self) -> bool:
        return self._go_at is not None and time.monotonic() >= self._go_at

    def _heard(self, answer: Answer) -> int:
        self._worked += 1
        self._cpu_ms += answer.cpu_ms
        self._loaded = answer.loaded
        return answer.cpu_ms

    def _keep(self) -> None:
        """The hand for the next job, unless it has become too large or too old."""
        assert self._hand is not None
        held, most = self._hand.memory_bytes(), self.post.memory_bytes
        swollen = held is not None and most is not None and held > KEPT_SHARE * most
        if swollen or self._worked >= JOBS_PER_HAND:
            self._dismiss()

    def _dismiss(self) -> int:
        """End the hand. What it took of the processor since its last job, in milliseconds."""
        hand, self._hand = self._hand, None
        took = hand.end() - self._cpu_ms if hand else 0
        self._worked, self._cpu_ms, self._loaded = 0, 0, ()
        return max(took, 0)

    def _tell(self) -> None:
        while not self._over:
            self._news.clear()
            try:
                self._beat()
            except (OperationalError, InterfaceError):
                logger.warning("database away, nobody hears this worker")
            except Exception:  # whatever it is, the next heartbeat may be heard
                logger.exception("a heartbeat failed")
            finally:
                connection.close()
            self._news.wait(services.HEARTBEAT.total_seconds())

    def _beat(self) -> None:
        readings = dict(self._readings())
        self._hot = too_hot(readings.get("celsius"), self.post.pause_celsius, was=self._hot)
        if self._hot and self._go_at is None:
            self._cool.clear()
        else:
            self._cool.set()
        device: dict[str, Any] = {
            name: value for name, value in asdict(self.post.device).items() if value != ""
        }
        said = Advertisement(
            id=self.post.id,
            machine=self.post.machine,
            accelerator=self.post.device.accelerator,
            queues=self.post.queues,
            started_at=self._started_at,
            state=self._state(),
            job=self._job,
            device=device | {"memory_bytes": self.post.memory_bytes},
            loaded=self._loaded,
            readings=readings,
        )
        services.beat(said, now=now())

    def _state(self) -> str:
        if self._go_at is not None:
            return Worker.State.DRAINING
        if self._hot:
            return Worker.State.PAUSED
        if self._job:
            return Worker.State.BUSY
        return Worker.State.IDLE if self._ready else Worker.State.STARTING


_shift: Shift | None = None


def employ(shift: Shift | None) -> None:
    """Whose jobs this process runs from now on; None for nobody's."""
    global _shift
    _shift = shift


def shift() -> Shift:
    """The one of this process. Raises LookupError in a process that runs no jobs."""
    if _shift is None:
        raise LookupError("This worker takes no jobs.")
    return _shift


def go_at_once() -> None:
    """Let go of the job in hand, if this process runs any, and take no more."""
    if _shift is not None:
        _shift.drain(0.0)

"""What was heard of a job, over however many answers: what is new in it, and when to ask again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx

from tifo_client._gen.models.job_state import JobState, check_job_state
from tifo_client.answers import unexpected
from tifo_client.errors import ConnectionFailed, TifoError, from_problem
from tifo_client.events.server_sent import STREAM, Reader, ServerSent
from tifo_client.sockets import number, reading, told

RETRY_S: Final = 2.0  # until the platform has said
LONGEST_WAIT_S: Final = 30.0
_FINAL: Final = 3
# States in the order of one attempt, behind which its job may be queued for another.
_ORDER: Final = {"running": 0, "cancelling": 1, "queued": 2} | dict.fromkeys(
    ("succeeded", "failed", "cancelled", "aborted", "expired", "dead"), _FINAL
)


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Where a job stands: its state, and how far its present attempt is, from 0 to 1.

    `id` is that of the durable event, and empty for what passes (progress, the state at first).
    """

    job: str
    kind: str
    state: JobState
    progress: float
    accelerator: str
    attempt: int
    id: str = ""


class Heard:
    """What was heard of a job, over however many answers; it knows no network."""

    def __init__(
        self,
        job_id: str,
        reconnect_s: float,
        clock: Callable[[], float],
        draw: Callable[[], float],
    ) -> None:
        self._job_id, self._reconnect_s, self._clock, self._draw = job_id, reconnect_s, clock, draw
        self._reader = Reader()
        self._retry_s = RETRY_S
        self._last: JobEvent | None = None
        self._begun = False
        self._lost_at: float | None = None
        self._tries = 0
        self.last_id = ""
        self._ended = False
        self.warnings: list[dict[str, Any]] = []

    def goes_on(self) -> bool:
        return not self._ended

    def begin(self, answer: httpx.Response) -> None:
        """Raises TifoError for an answer that is no stream of events."""
        if not answer.headers.get("content-type", "").startswith(STREAM):
            raise unexpected(answer, "that is no stream of events")
        self._begun, self._reader = True, Reader()

    def hear(self, piece: bytes) -> Iterator[JobEvent]:
        """What is new in it. Raises the TifoError with which the platform ends the answer."""
        for sent in self._reader.feed(piece):
            self._lost_at, self._tries = None, 0
            event = self._read(sent)
            if event is None or not self._is_new(event):
                continue
            self._last, self._ended = event, _ORDER.get(event.state) == _FINAL
            yield event
            if self._ended:
                return
        self._retry_s = self._reader.retry_s or self._retry_s

    def end(self) -> None:
        """The answer has ended in order. Raises ConnectionFailed if its job has not."""
        if self._last is not None and self._last.state not in _ORDER:
            self._ended = True  # in a final state of a later version
            return
        raise ConnectionFailed({"detail": f"The answer ended before {self._job_id} did."})

    def lose(self, error: Exception) -> float:
        """Seconds until the next try; raises what is not to be waited out any longer."""
        failed = error if isinstance(error, TifoError) else _no_line(self._job_id, error)
        moment = self._clock()
        if self._lost_at is None:
            self._lost_at = moment
        wait_s = failed.retry_after
        if wait_s is None:  # between half and all of what doubles from try to try
            most_s = min(LONGEST_WAIT_S, self._retry_s * 2 ** min(self._tries, 9))
            wait_s = most_s * (1 + self._draw()) / 2
        self._tries += 1
        nobody = isinstance(failed, ConnectionFailed) and not self._begun
        if nobody or moment + wait_s > self._lost_at + self._reconnect_s:
            raise failed from error
        return wait_s

    def _read(self, sent: ServerSent) -> JobEvent | None:
        match sent.kind:
            case "warning":
                self.warnings.append(told(sent.data))
            case "problem":
                raise from_problem(told(sent.data))
            case "job":
                frame = told(sent.data)
                with reading(frame):
                    return _event(frame, sent.id)
        return None  # of a gap, too: the state that the job is in comes anyway

    def _is_new(self, event: JobEvent) -> bool:
        """Of what was told before the line was lost, the last seconds are told again."""
        self.last_id = event.id or self.last_id
        last = self._last
        if last is None:
            return True
        if event.state in _ORDER and last.state in _ORDER:
            return _place(event) > _place(last)
        return replace(event, id=last.id) != last


def _event(frame: dict[str, Any], event_id: str) -> JobEvent:
    return JobEvent(
        job=str(frame["id"]),
        kind=str(frame["kind"]),
        state=check_job_state(frame["state"]),
        progress=number(frame["progress"]),
        accelerator=str(frame["accelerator"]),
        attempt=int(number(frame["attempt"])),
        id=event_id,
    )


def _place(event: JobEvent) -> tuple[int, int, float]:
    return event.attempt, _ORDER[event.state], event.progress


def _no_line(job_id: str, error: Exception) -> ConnectionFailed:
    return ConnectionFailed({"detail": f"{job_id}: {str(error) or type(error).__name__}"})

"""`/metrics`: how the queues of jobs stand, in Prometheus' text format, for whoever has the token.

Every process tells the same of all, for it is read from the database: scrape one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from hmac import compare_digest
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from foundation.clock import now
from foundation.errors import NotFound
from foundation.http.pages import read_only
from foundation.http.problems import json_response
from gateway.refusals import Unauthorized
from jobs.queries import Signals, signals

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
Samples = Iterable[tuple[Mapping[str, str], float]]


@read_only
def metrics(request: HttpRequest) -> HttpResponse:
    """404 where no token is set, so that nobody learns by default how much is done here."""
    if not settings.METRICS_TOKEN:
        return json_response(NotFound("No metrics are told: TIFO_METRICS_TOKEN is not set."))
    given = request.headers.get("Authorization", "").encode()
    if not compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode()):
        return json_response(Unauthorized("Send Authorization: Bearer and TIFO_METRICS_TOKEN."))
    body = "".join(exposition(signals(now=now())))
    return HttpResponse(body, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def exposition(queues: Mapping[str, Signals]) -> Iterator[str]:
    """The lines; all are gauges."""
    for name, meaning, samples in _GAUGES:
        yield f"# HELP {name} {meaning}\n# TYPE {name} gauge\n"
        for queue in sorted(queues):
            for labels, value in samples(queues[queue]):
                told = ",".join(f'{key}="{each}"' for key, each in _labels(queue, labels))
                yield f"{name}{{{told}}} {value:.12g}\n"


def _labels(queue: str, more: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return [("queue", queue), *more.items()]


def _depths(its: Signals) -> Samples:
    yield {"state": "waiting"}, its.waiting
    yield {"state": "parked"}, its.parked
    yield {"state": "running"}, its.running


def _waits(its: Signals) -> Samples:
    for quantile, seconds in (("0.5", its.wait_p50_s), ("0.95", its.wait_p95_s)):
        if seconds is not None:
            yield {"quantile": quantile}, seconds


def _by_state(counts: Mapping[str, int]) -> Samples:
    return [({"state": state}, number) for state, number in sorted(counts.items())]


_GAUGES: Final[Iterable[tuple[str, str, Callable[[Signals], Samples]]]] = (
    ("tifo_jobs", "Jobs that wait with a turn, wait behind their organisation's, or run.", _depths),
    (
        "tifo_jobs_oldest_wait_seconds",
        "For how long the oldest job that waits has waited.",
        lambda its: [({}, its.oldest_wait_s)],
    ),
    (
        "tifo_jobs_work_waiting_seconds",
        "What the jobs that wait are thought to last, by the pace of their kind.",
        lambda its: [({}, its.work_waiting_s)],
    ),
    (
        "tifo_jobs_wait_seconds",
        "The waits of jobs that began in the last 5 minutes; none where none began.",
        _waits,
    ),
    (
        "tifo_jobs_settled",
        "Jobs that were settled in the last 5 minutes, by their final state.",
        lambda its: _by_state(its.settled),
    ),
    (
        "tifo_workers",
        "Workers that take from the queue, by state; silent: not heard of for 20 seconds.",
        lambda its: _by_state(its.workers),
    ),
)

"""Why jobs wait, at what place of their queue and for how long yet: few queries for a whole page.

All of it is an estimate: whoever comes next with a heavier tier moves it, and so does a
worker that starts or dies.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import connection

from jobs import rules
from jobs.models import Job
from jobs.rules import Reason
from jobs.services import SILENT
from tenants.models import Organisation
from tenants.queries import tier_version


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a job waits; its place in the queue, 1 for the next; in how many seconds it may begin,
    None where no worker is there to begin it."""

    reason: Reason
    position: int
    estimate_s: float | None


class _Workers(NamedTuple):
    living: int = 0
    silent: int = 0
    paused: int = 0
    starting: int = 0
    largest: int | None = (
        None  # bytes that the roomiest of the living may hold; None for any number
    )


class _Ahead(NamedTuple):
    """Jobs, and the seconds that they are thought to last by the pace of their kind."""

    jobs: int = 0
    seconds: float = 0.0


class _Others(NamedTuple):
    """The parked jobs of other organisations of one tier, whose weights are summed up."""

    weight: int
    jobs: int


_NOBODY: Final = _Ahead()
_SECONDS: Final = "expected_seconds * coalesce(pace.ratio, 1)"
_PACED: Final = "jobs_job AS job LEFT JOIN jobs_pace AS pace USING (queue, kind)"
_WORKERS: Final = """
    SELECT queue,
        count(*) FILTER (WHERE heartbeat_at > %(since)s),
        count(*) FILTER (WHERE heartbeat_at <= %(since)s),
        count(*) FILTER (WHERE heartbeat_at > %(since)s AND state = 'paused'),
        count(*) FILTER (WHERE heartbeat_at > %(since)s AND state = 'starting'),
        CASE WHEN bool_and(device ->> 'memory_bytes' IS NOT NULL)
            FILTER (WHERE heartbeat_at > %(since)s)
        THEN max((device ->> 'memory_bytes')::bigint) FILTER (WHERE heartbeat_at > %(since)s) END
    FROM jobs_worker, unnest(queues) AS queue
    WHERE queue = ANY (%(queues)s) GROUP BY queue
"""
_RUNNING: Final = f"""
    SELECT queue, sum(greatest({_SECONDS} - extract(epoch FROM %(now)s - started_at), 0))
    FROM {_PACED} WHERE state IN ('running', 'cancelling') AND queue = ANY (%(queues)s)
    GROUP BY queue
"""  # noqa: S608  (made of constants, as the next ones)
_TURNS: Final = f"""
    SELECT queue, count(*), sum({_SECONDS})
    FROM {_PACED} WHERE state = 'queued' AND turn IS NOT NULL AND queue = ANY (%(queues)s)
    GROUP BY queue
"""  # noqa: S608
_BEFORE: Final = f"""
    SELECT id, place - 1, until - own FROM (
        SELECT job.id, {_SECONDS} AS own,
            row_number() OVER line AS place, sum({_SECONDS}) OVER line AS until
        FROM {_PACED} WHERE state = 'queued' AND turn IS NOT NULL AND queue = ANY (%(queues)s)
        WINDOW line AS (
            PARTITION BY queue
            ORDER BY urgent_at <= %(now)s DESC NULLS LAST, turn, job.id ROWS UNBOUNDED PRECEDING)
    ) AS placed WHERE id = ANY (%(jobs)s)
"""  # noqa: S608
_PARKED_BEFORE: Final = f"""
    SELECT id, place - 1, until - own FROM (
        SELECT job.id, {_SECONDS} AS own,
            row_number() OVER line AS place, sum({_SECONDS}) OVER line AS until
        FROM {_PACED} WHERE state = 'queued' AND turn IS NULL AND queue = ANY (%(queues)s)
            AND organisation_id = %(organisation)s
        WINDOW line AS (
            PARTITION BY queue
            ORDER BY priority DESC, deadline_at NULLS LAST, job.id ROWS UNBOUNDED PRECEDING)
    ) AS placed WHERE id = ANY (%(jobs)s)
"""  # noqa: S608
# Of the index alone: how long each of these may last is not looked at.
_OTHERS: Final = """
    SELECT queue, version.job_weight * organisations, jobs FROM (
        SELECT queue, tier_id, sum(jobs)::bigint AS jobs, count(*) AS organisations
        FROM (
            SELECT queue, organisation_id, count(*) AS jobs FROM jobs_job
            WHERE state = 'queued' AND turn IS NULL AND queue = ANY (%(queues)s)
                AND organisation_id <> %(organisation)s
            GROUP BY queue, organisation_id) AS parked
        JOIN tenants_organisation AS owner ON owner.id = organisation_id
        GROUP BY queue, tier_id) AS of_tier
    JOIN LATERAL (
        SELECT job_weight FROM tenants_tierversion
        WHERE tier_id = of_tier.tier_id AND effective_at <= %(now)s
        ORDER BY effective_at DESC, number DESC LIMIT 1) AS version ON true
"""


def waiting(
    organisation: Organisation, jobs: Collection[Job], *, now: datetime
) -> Mapping[str, Waiting]:
    """Of the organisation's jobs, those that are queued: why, where and for how long each waits.

    Seven queries at most, however many jobs.
    """
    queued = [job for job in jobs if job.state == Job.State.QUEUED and job.queue]
    if not queued:
        return {}
    asked = {
        "queues": sorted({job.queue for job in queued}),
        "jobs": [job.pk for job in queued],
        "organisation": organisation.pk,
        "since": now - SILENT,
        "now": now,
    }
    workers = {row[0]: _Workers(*row[1:]) for row in _rows(_WORKERS, asked)}
    running = dict(_rows(_RUNNING, asked))
    turns = {row[0]: _Ahead(*row[1:]) for row in _rows(_BEFORE, asked)}
    parked = {} if len(turns) == len(queued) else _parked(organisation, queued, asked)
    # One that is neither was claimed meanwhile: nobody is before it.
    return {
        job.pk: _waiting(
            parked=job.pk in parked,
            ahead=parked.get(job.pk) or turns.get(job.pk, _NOBODY),
            workers=_able(workers.get(job.queue, _Workers()), job),
            running_s=running.get(job.queue) or 0.0,
        )
        for job in queued
    }


def _able(workers: _Workers, job: Job) -> _Workers:
    """None of them, for a job that needs more memory than any has."""
    fits = workers.largest is None or job.needs_bytes <= workers.largest
    return workers if fits else _Workers()


def _waiting(*, parked: bool, ahead: _Ahead, workers: _Workers, running_s: float) -> Waiting:
    reason = rules.why_it_waits(
        parked=parked,
        living=workers.living,
        silent=workers.silent,
        paused=workers.paused,
        starting=workers.starting,
    )
    working = workers.living - workers.paused
    estimate = (ahead.seconds + running_s) / working if working > 0 else None
    return Waiting(reason, ahead.jobs + 1, estimate)


def _parked(
    organisation: Organisation, queued: Sequence[Job], asked: Mapping[str, Any]
) -> dict[str, _Ahead]:
    """What precedes jobs without a turn: all turns, their own, and what others get by then."""
    own = {row[0]: _Ahead(*row[1:]) for row in _rows(_PARKED_BEFORE, asked)}
    turns = {row[0]: _Ahead(*row[1:]) for row in _rows(_TURNS, asked)}
    others: defaultdict[str, list[_Others]] = defaultdict(list)
    for queue, *found in _rows(_OTHERS, asked):
        others[queue].append(_Others(*found))
    weight = tier_version(organisation.tier_id, asked["now"]).job_weight
    return {
        job.pk: _sum(turns.get(job.queue, _NOBODY), own[job.pk], weight, others[job.queue])
        for job in queued
        if job.pk in own
    }


def _sum(turns: _Ahead, own: _Ahead, weight: int, others: Sequence[_Others]) -> _Ahead:
    """Jobs of others are taken to last as long as those with a turn do, on the average."""
    between = sum(
        rules.between(own=own.jobs, weight=weight, other=each.weight, waiting=each.jobs)
        for each in others
    )
    each_s = turns.seconds / turns.jobs if turns.jobs else 0.0
    return _Ahead(turns.jobs + own.jobs + between, turns.seconds + own.seconds + between * each_s)


def _rows(statement: str, asked: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows

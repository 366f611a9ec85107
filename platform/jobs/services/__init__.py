"""Writes of the ledger: enqueue, claim, renew, settle, cancel, sweep. Each is one transaction.

Nothing is lost and nothing is counted twice because (1) the row is committed before anything is
published, (2) a claim is one conditional UPDATE that hands out a new attempt, (3) settling requires
that very attempt, by its number and its moment, and (4) the sweep publishes again what was never
claimed or whose lease ran out. A job for which nothing is owed is marked in its settlement, so that
no refund is forgotten.
"""

from jobs.services.cancelling import JobFinished, NotDead, cancel, requeue
from jobs.services.claiming import Claimer, claim, renew, report_progress
from jobs.services.holding import ended, spare, state
from jobs.services.joining import join
from jobs.services.letting_go import let_go
from jobs.services.requesting import enqueue
from jobs.services.settling import (
    DeadlinePassed,
    Spent,
    WorkerLost,
    die,
    expire,
    fail,
    refunded,
    stop,
    succeed,
)
from jobs.services.sweeping import UNHEARD, sweep
from jobs.services.terms import LEASE, MAX_ATTEMPTS
from jobs.services.workers import HEARTBEAT, MISSED, SILENT, beat, leave, living

__all__ = [
    "HEARTBEAT",
    "LEASE",
    "MAX_ATTEMPTS",
    "MISSED",
    "SILENT",
    "UNHEARD",
    "Claimer",
    "DeadlinePassed",
    "JobFinished",
    "NotDead",
    "Spent",
    "WorkerLost",
    "beat",
    "cancel",
    "claim",
    "die",
    "ended",
    "enqueue",
    "expire",
    "fail",
    "join",
    "leave",
    "let_go",
    "living",
    "refunded",
    "renew",
    "report_progress",
    "requeue",
    "spare",
    "state",
    "stop",
    "succeed",
    "sweep",
]

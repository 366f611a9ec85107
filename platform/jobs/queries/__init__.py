"""Reads of the ledger: the jobs themselves, why they wait, what they counted, how queues stand."""

from jobs.queries.costs import counted
from jobs.queries.ledger import OPEN, counts, job, jobs, refunds_due
from jobs.queries.signals import Signals, signals
from jobs.queries.waiting import Waiting, waiting

__all__ = [
    "OPEN",
    "Signals",
    "Waiting",
    "counted",
    "counts",
    "job",
    "jobs",
    "refunds_due",
    "signals",
    "waiting",
]

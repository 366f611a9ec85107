"""Reads of the ledger: the jobs themselves, why they wait, what they counted, how queues
and workers stand."""

from jobs.queries.costs import counted
from jobs.queries.ledger import OPEN, WAITED, counts, job, jobs, refunds_due
from jobs.queries.signals import Signals, signals
from jobs.queries.waiting import Waiting, waiting
from jobs.queries.workers import SAYS_NOTHING, Holder, holder, standing

__all__ = [
    "OPEN",
    "SAYS_NOTHING",
    "WAITED",
    "Holder",
    "Signals",
    "Waiting",
    "counted",
    "counts",
    "holder",
    "job",
    "jobs",
    "refunds_due",
    "signals",
    "standing",
    "waiting",
]

"""Reads of the ledger: the jobs themselves, why they wait, and what they counted."""

from jobs.queries.costs import counted
from jobs.queries.ledger import OPEN, counts, job, jobs, refunds_due
from jobs.queries.waiting import Waiting, waiting

__all__ = ["OPEN", "Waiting", "counted", "counts", "job", "jobs", "refunds_due", "waiting"]

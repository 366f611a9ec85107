"""The operator's view of the ledger: everything readable; a job can be cancelled and requeued."""

from jobs.admin.jobs import JobAdmin
from jobs.admin.naming import Named, names_model
from jobs.admin.workers import WorkerAdmin

__all__ = ["JobAdmin", "Named", "WorkerAdmin", "names_model"]

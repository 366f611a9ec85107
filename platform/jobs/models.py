"""The ledger of accelerator work. The row is the truth; a Celery message is only a wake-up."""

from django.db import models
from django.db.models import Value

from foundation.ids import IdField
from foundation.models import StoredFile
from tenants.models import Organisation


class Job(models.Model):
    """One piece of work from request to settlement.

    queued ─claim→ running ─settle→ succeeded | failed | cancelled
       └──────────cancel──────────→ cancelled

    `attempt` is the fencing token: only the worker that holds the latest attempt may settle.
    `key_id` is who asked, and `family` the API family that it asked; both are empty where unknown.
    `charges` is what the caller spent on the job, in the words of whoever charged it; `refund_due`
    stands from a settlement for which the platform is to blame until they have been given back.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Accelerator(models.TextChoices):
        CPU = "cpu"
        GPU = "gpu"
        NPU = "npu"

    id = IdField()
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="jobs")
    livemode = models.BooleanField()
    kind = models.CharField(max_length=60)
    accelerator = models.CharField(max_length=3, choices=Accelerator.choices)
    payload = models.JSONField()
    meter = models.CharField(max_length=40, blank=True)
    quantity = models.PositiveIntegerField(default=0)
    key_id = models.CharField(
        max_length=40, blank=True, default="", db_default="", db_collation="C"
    )
    family = models.CharField(max_length=40, blank=True, default="", db_default="")
    charges = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    refund_due = models.BooleanField(default=False, db_default=False)

    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    progress = models.FloatField(default=0.0)
    attempt = models.PositiveSmallIntegerField(default=0)
    ran_on = models.CharField(max_length=3, blank=True)
    lease_until = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    error = models.JSONField(null=True)
    files = models.ManyToManyField(StoredFile, related_name="jobs")

    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"],
                name="job_open",
                condition=models.Q(state__in=["queued", "running"]),
            ),
            models.Index(fields=["organisation", "livemode", "-id"], name="job_of_organisation"),
            models.Index(
                fields=["finished_at"],
                name="job_metered",
                condition=~models.Q(meter=""),
            ),
            models.Index(
                fields=["finished_at"],
                name="job_refund_due",
                condition=models.Q(refund_due=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class JobCount(models.Model):
    """How many jobs that were asked for on a UTC day have ended so: moved as each is settled."""

    pk = models.CompositePrimaryKey("organisation_id", "livemode", "day", "state")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="job_counts", db_index=False
    )
    livemode = models.BooleanField()
    day = models.DateField()
    state = models.CharField(max_length=10, choices=Job.State.choices)
    jobs = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.day} {self.state}: {self.jobs}"

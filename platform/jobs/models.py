"""The ledger of accelerator work. The row is the truth; a Celery message is only a wake-up."""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Value

from foundation.ids import IdField
from foundation.models import StoredFile
from tenants.models import Organisation


class Job(models.Model):
    """One piece of work from request to settlement.

    queued ─claim→ running ─settle→ succeeded | failed
       │              ├──cancel──→ cancelling ─stop→ cancelled
       │              ├──its deadline passes──→ expired
       │              └──its workers died, the last time too──→ dead ─requeue→ queued
       ├──cancel──→ aborted
       └──its deadline passes──→ expired

    `attempt` is the fencing token, with `started_at`, the moment that it began: only the worker
    that holds the latest attempt may settle. `others_wait` tells whoever has settled it whether
    another job has its turn in the queue.
    `queue` is where its wake-ups go; `turn` is its place there, in the queue's virtual time, and
    null while it waits behind its organisation's own jobs. A turn costs `expected_seconds`.
    Jobs of an organisation that are `alike` may be done as one; empty where it is done alone. Its
    first attempt was `shared_by` so many; see `sharers`.
    `waits_since` is when the wait began that its latest attempt has ended, or that goes on: empty
    where that is when it was asked for.
    `key_id` is who asked, and `family` the API family that it asked; both are empty where unknown.
    `charges` is what the caller spent on the job, in the words of whoever charged it; `refund_due`
    stands from a settlement for which the caller owes nothing until they have been given back.
    """

    others_wait = True

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        CANCELLING = "cancelling"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"
        ABORTED = "aborted"
        EXPIRED = "expired"
        DEAD = "dead"

    class Accelerator(models.TextChoices):
        CPU = "cpu", "CPU"
        GPU = "gpu", "GPU"
        NPU = "npu", "NPU"

    class Priority(models.IntegerChoices):
        """Among the jobs of one organisation; it moves no other's."""

        LOW = 1
        NORMAL = 2
        HIGH = 3

    id = IdField()
    organisation = models.ForeignKey(  # `job_of_organisation` begins with it
        Organisation, on_delete=models.CASCADE, related_name="jobs", db_index=False
    )
    livemode = models.BooleanField()
    kind = models.CharField(max_length=60)
    accelerator = models.CharField(max_length=3, choices=Accelerator.choices)
    required = models.BooleanField(default=False, db_default=False)
    queue = models.CharField(max_length=40, blank=True, default="", db_default="", db_collation="C")
    turn = models.FloatField(null=True)
    priority = models.SmallIntegerField(
        choices=Priority.choices, default=Priority.NORMAL, db_default=Priority.NORMAL
    )
    deadline_at = models.DateTimeField(null=True)
    urgent_at = models.DateTimeField(null=True)
    metadata = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    expected_seconds = models.FloatField(default=1.0, db_default=1.0)
    model = models.CharField(max_length=64, blank=True, default="", db_default="")
    needs_bytes = models.BigIntegerField(default=0, db_default=0)
    alike = models.CharField(max_length=80, blank=True, default="", db_default="")
    shared_by = models.PositiveSmallIntegerField(default=1, db_default=1)
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
    attempts_most = models.PositiveSmallIntegerField(default=3, db_default=3)
    ran_on = models.CharField(max_length=3, blank=True)
    machine = models.CharField(max_length=120, blank=True, default="", db_default="")
    provider = models.CharField(max_length=60, blank=True, default="", db_default="")
    worker = models.CharField(max_length=160, blank=True, default="", db_default="")
    cpu_ms = models.BigIntegerField(default=0, db_default=0)
    gpu_ms = models.BigIntegerField(default=0, db_default=0)
    npu_ms = models.BigIntegerField(default=0, db_default=0)
    lease_until = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    error = models.JSONField(null=True)
    files = models.ManyToManyField(StoredFile, related_name="jobs")

    created_at = models.DateTimeField()
    waits_since = models.DateTimeField(null=True)
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
            models.Index(
                fields=["queue", "turn", "id"],
                name="job_turn",
                condition=models.Q(state="queued", turn__isnull=False),
            ),
            models.Index(
                fields=["queue", "urgent_at"],
                name="job_urgent",
                condition=models.Q(state="queued", turn__isnull=False, urgent_at__isnull=False),
            ),
            models.Index(
                fields=["queue", "lease_until"],
                name="job_lease",
                condition=models.Q(state__in=["running", "cancelling"]),
            ),
            models.Index(
                fields=["organisation", "queue", "-priority", "deadline_at", "id"],
                name="job_parked",
                condition=models.Q(state="queued", turn__isnull=True),
            ),
            models.Index(
                fields=["organisation", "queue"],
                name="job_taken_up",
                condition=models.Q(
                    state__in=["queued", "running", "cancelling"], turn__isnull=False
                ),
            ),
            models.Index(
                fields=["deadline_at"],
                name="job_deadline",
                condition=models.Q(state="queued", deadline_at__isnull=False),
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
            models.Index(
                fields=["finished_at"],
                name="job_ended",
                condition=models.Q(finished_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    def waited(self, now: datetime) -> timedelta:
        """In its queue before its latest attempt began, or until its end where none did; or till
        `now`. What earlier attempts ran does not count. `queries.WAITED` is the same to sort by."""
        since = self.waits_since or self.created_at
        if self.state == self.State.QUEUED:  # `started_at` is an earlier attempt's
            return now - since
        began = self.started_at if self.started_at and self.started_at >= since else None
        return (began or self.finished_at or now) - since

    @property
    def sharers(self) -> int:
        """How many jobs its attempt did as one, itself among them; only a first one has others."""
        return self.shared_by if self.attempt == 1 else 1


class Queue(models.Model):
    """How far a queue's virtual time has come: the turn of the last job that it gave out.

    Moved by whoever is not in another's way, so it may lag behind by the claims of an instant.
    """

    name = models.CharField(primary_key=True, max_length=40, db_collation="C")
    virtual = models.FloatField(default=0.0)

    def __str__(self) -> str:
        return self.name


class Share(models.Model):
    """Where an organisation's last turn in a queue ends, and how many places it had when it took
    one. Its lock orders what takes turns there."""

    pk = models.CompositePrimaryKey("organisation_id", "queue")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="job_shares", db_index=False
    )
    queue = models.CharField(max_length=40, db_collation="C")
    finish = models.FloatField(default=0.0)
    at_once = models.PositiveSmallIntegerField(default=1, db_default=1)

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.queue}"


class Pace(models.Model):
    """How long jobs of a kind took in a queue for each second that was expected of them: `ratio` is
    the median of the `recent` ones, the latest first."""

    pk = models.CompositePrimaryKey("queue", "kind")
    queue = models.CharField(max_length=40, db_collation="C")
    kind = models.CharField(max_length=60)
    ratio = models.FloatField()
    recent = ArrayField(models.FloatField(), default=list, db_default=[])

    def __str__(self) -> str:
        return f"{self.kind} {self.queue}"


class Worker(models.Model):
    """A process that runs jobs: what it can do, and when it was last heard of.

    `job` is the one whose turn it was; those done together with it are its own by `Job.worker`.
    `device` is what it computes on, `loaded` the SHA-256 of the models that it holds, `readings`
    what its machine tells of heat and power; an empty one was not readable.
    """

    class State(models.TextChoices):
        STARTING = "starting"
        IDLE = "idle"
        BUSY = "busy"
        PAUSED = "paused"
        DRAINING = "draining"
        LEFT = "left"

    id = models.CharField(primary_key=True, max_length=160, db_collation="C")
    machine = models.CharField(max_length=120)
    accelerator = models.CharField(max_length=3, choices=Job.Accelerator.choices)
    queues = ArrayField(models.CharField(max_length=40))
    state = models.CharField(max_length=10, choices=State.choices)
    device = models.JSONField(default=dict)
    readings = models.JSONField(default=dict)
    job = models.CharField(max_length=40, blank=True)
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField(db_index=True)
    loaded = ArrayField(models.CharField(max_length=64), default=list)

    def __str__(self) -> str:
        return self.id


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

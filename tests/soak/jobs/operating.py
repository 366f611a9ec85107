"""What is looked at inside the soak's platform when all has ended: `tifo shell -c …`."""

import hashlib
import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from foundation import files
from foundation.clock import now
from foundation.files import sweeping
from foundation.files.stores import storage
from foundation.models import Event, StoredFile
from gateway import stores
from jobs.models import Job, JobCount
from jobs.services import living
from metering.models import UsageCount, UsageRow
from ratelimit.errors import RedisAway
from ratelimit.rules import Charge, Window
from tenants.limits import Algorithm
from tenants.models import Organisation

PATIENCE_S: Final = 30.0
JOB: Final = (
    "id", "organisation__name", "livemode", "kind", "state", "attempt", "attempts_most", "payload",
    "charges", "refund_due", "meter", "quantity", "ran_on", "created_at", "started_at",
    "finished_at", "deadline_at", "error", "worker", "shared_by",
)  # fmt: skip


def write_down(path: str) -> None:
    """All that is to be compared, as it stands in the database, in Redis and in the store."""
    events = Event.objects.filter(type__startswith="job.").order_by("written")
    usage = UsageRow.objects.values("organisation__name", "livemode", "meter", "source", "quantity")
    totals = UsageCount.objects.values("organisation__name", "livemode", "meter", "quantity")
    told = {
        "jobs": list(Job.objects.values(*JOB)),
        "events": list(events.values_list("data__id", "type", "data__attempt", "created_at")),
        "usage": list(usage),
        "totals": list(totals),
        "counts": list(JobCount.objects.values("organisation__name", "livemode", "state", "jobs")),
        "windows": {each.name: _spent(each) for each in Organisation.objects.all()},
        "files": list(_made()),
        "living": list(living(now()).values_list("id", flat=True)),
    }
    Path(path).write_text(json.dumps(told, default=str))


def _spent(organisation: Organisation) -> dict[str, int]:
    """Of the organisation's windows, by the receipts of its jobs: what Redis holds of each."""
    spent = {}
    for charges in organisation.jobs.exclude(charges=[]).values_list("charges", flat=True):
        for receipt in charges:
            policy = receipt["policy"]
            if receipt["kind"] != Algorithm.WINDOW or policy["name"] in spent:
                continue
            window = Window(**policy)
            spent[policy["name"]] = _in_redis(organisation, window, receipt["key"])
    return spent


def _in_redis(organisation: Organisation, window: Window, key: str) -> int:
    """Asked again where it does not answer as soon as calls want it to: the machine is busy."""
    latest = time.monotonic() + PATIENCE_S
    while True:
        try:
            [found] = stores.store().peek(organisation.pk, [Charge(window, key, 0)]).decisions
        except RedisAway:
            if time.monotonic() > latest:
                raise
            time.sleep(0.5)
        else:
            return window.limit - found.remaining


def _made() -> Iterator[dict[str, Any]]:
    """The files of jobs: what their rows say, and what lies there."""
    for job in Job.objects.prefetch_related("files").exclude(files=None):
        for file in job.files.all():
            content = b"".join(storage().read(file.path))
            yield {
                "job": job.pk,
                "row": file.sha256,
                "sha256": hashlib.sha256(content).hexdigest(),
                "size": len(content) == file.size_bytes,
            }


def end_all(path: str) -> None:
    """Let three days pass for files: what lies in the store then, and what rows name, and of what
    kinds of jobs the files are that are left."""
    moment = now() + timedelta(days=1, minutes=1)
    while files.delete_expired(now=moment):
        pass
    beyond = moment + sweeping.GRACE
    for minute in range(len(sweeping.SHELVES)):
        sweeping.sweep(now=beyond + timedelta(minutes=minute))
    told = {
        "lie": sorted({path for shelf in _shelves() for path in _lying(shelf, beyond)}),
        "named": sorted({*StoredFile.objects.values_list("path", flat=True)}),
        "kinds": sorted({*Job.objects.exclude(files=None).values_list("kind", flat=True)}),
    }
    Path(path).write_text(json.dumps(told))


def _shelves() -> Iterator[str]:
    yield from sweeping.SHELVES


def _lying(shelf: str, moment: datetime) -> Iterator[str]:
    yield from storage().paths(shelf, before=moment)

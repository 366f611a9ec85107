"""Jobs of one model by a single worker: done as one where they can be, against one by one."""

import importlib
import time
from collections.abc import Iterator
from typing import Final

import numpy as np
from django.core.management import call_command
from django.db import connection

from apps.model_registry.models import Model
from apps.model_registry.services.inferring import INFER, request_inference
from apps.model_registry.services.inspecting import Given
from apps.model_registry.services.registering import TENSORS, Asked, register
from bench.figure import Better, Counted, Sides, figure
from bench.peers.networks import dense_network
from bench.servers import Servers
from foundation import files
from foundation.clock import now
from jobs.devices import Device
from jobs.execution.messages import Answer, ordered
from jobs.execution.shift import Post, Shift
from jobs.execution.work import answers
from jobs.models import Job
from jobs.rules import queue_name
from tenants.models import Organisation
from tenants.queries import tier_version

JOBS: Final = 64
WIDTH: Final = 2048
LAYERS: Final = 6
QUEUE: Final = queue_name("cpu")
POST: Final = Post(id="bench", machine="bench", device=Device(accelerator="cpu"), queues=[QUEUE])


@figure(
    "jobs_together_gain",
    kind=Counted("jobs per second", Better.HIGHER),
    measures="64 jobs of a dense model of 100 MB by one worker, from claim to settlement",
    peer="the same jobs, one by one",
)
def jobs_together(servers: Servers) -> Iterator[Sides]:
    """The worker's process does the work itself; what it is told and answers is written as ever."""
    servers.start_postgres()
    servers.start_redis()
    call_command("migrate", verbosity=0, skip_checks=True)
    importlib.import_module("apps.model_registry.tasks")
    model = _registered()
    shift = Shift(POST, Inline, dict)
    row = np.random.default_rng(1).normal(size=(1, WIDTH)).tolist()
    yield Sides(
        lambda: _rate(shift, model, row, alike=True),
        lambda: _rate(shift, model, row, alike=False),
    )
    Job.objects.all().delete()
    connection.close()


class Inline:
    """A hand that works in this process, an order at a time."""

    def __init__(self) -> None:
        self._answers: Iterator[Answer] = iter(())

    def tell(self, order: bytes) -> None:
        self._answers = answers(ordered(order))

    def hear(self, within_s: float) -> bytes | None:
        return next(self._answers).written()

    def lives(self) -> bool:
        return True

    def memory_bytes(self) -> int | None:
        return None

    def kill(self) -> None:
        """It is this process."""

    def end(self) -> int:
        return 0


def _registered() -> Model:
    organisation = Organisation.objects.create(
        id="org_together", name="Together", tier_id="enterprise", created_at=now()
    )
    graph = files.store(
        organisation_id=organisation.pk,
        name="model.onnx",
        content_type="application/octet-stream",
        chunks=[dense_network(WIDTH, LAYERS).SerializeToString()],
        now=now(),
    )
    asked = Asked(
        name="dense", version="1", contract=TENSORS, declaration={"independent_rows": True}
    )
    model, _ = register(
        asked,
        [Given(graph, at="")],
        organisation=organisation,
        livemode=True,
        tier=tier_version("enterprise", now()),
        created_by="",
        now=now(),
    )
    return model


def _rate(shift: Shift, model: Model, row: object, *, alike: bool) -> float:
    Job.objects.all().delete()
    tier = tier_version("enterprise", now())
    for _ in range(JOBS):
        request_inference(model, {"x": row}, accelerator="cpu", tier=tier, key_id="", now=now())
    if not alike:
        Job.objects.update(alike="")
    began = time.perf_counter()
    while shift.take(QUEUE):
        pass
    took_s = time.perf_counter() - began
    assert Job.objects.filter(kind=INFER, state=Job.State.SUCCEEDED).count() == JOBS
    return JOBS / took_s

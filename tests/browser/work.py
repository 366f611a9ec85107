"""Jobs, workers and models whose names are as long as they come, for pages that show them."""

from datetime import timedelta
from typing import Final

from django.contrib.admin.utils import quote

from apps.model_registry.models import Model, ModelCheck, ModelFile
from apps.model_registry.services.inspecting import stored
from foundation.http.problems import document
from jobs import services
from jobs.execution.limits import MemoryLimitExceeded
from jobs.models import Job
from jobs.registry import Result
from jobs.services.workers import Advertisement
from metering.meters import MeterName
from modelfiles.report import ModelReport
from tenants.models import Organisation
from tests.billing.statements.making import CLOSING

SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
MACHINE: Final = "stand-7.northern.terrace.example"
WORKER: Final = f"worker-gpu-0-12345@{MACHINE}"
SECOND: Final = timedelta(seconds=1)


def work(whose: Organisation) -> dict[str, object]:
    """One job that waits, one that was done, one that failed and one that died, and two that are
    done as one; a worker; a model with its files and a check."""
    by = services.Claimer(
        worker=WORKER, machine=MACHINE, accelerator="gpu", provider="CUDAExecutionProvider"
    )
    _worker()
    for number in range(3):
        _ask(whose, number)
    job, failed, dead = (
        services.claim("cloud.gpu.batch", by=by, now=CLOSING + 7 * SECOND) for _ in range(3)
    )
    assert job
    assert failed
    assert dead
    spent = services.Spent(cpu_ms=123_456, gpu_ms=654_321)
    done = {"model": SHA256, "summary": {"labels": ["chant", "applause"], "scores": [0.75, 0.25]}}
    services.succeed(job, Result(done), now=CLOSING + 71 * SECOND, spent=spent)
    error = document(MemoryLimitExceeded(limit_bytes=2**31), request_id=failed.pk)
    services.fail(failed, error, now=CLOSING + 9 * SECOND)
    services.die(dead, now=CLOSING + 9 * SECOND)
    for number in range(3, 5):
        _ask(whose, number, alike="same")
    leader = services.claim("cloud.gpu.batch", by=by, now=CLOSING + 10 * SECOND)
    assert leader
    assert services.join(leader, most=9, by=by, now=CLOSING + 10 * SECOND)
    waiting = _ask(whose, 5)
    jobs = {"job": job.pk, "failed": failed.pk, "dead": dead.pk, "waiting": waiting.pk}
    return {**jobs, "worker": quote(WORKER)} | _models(whose)


def _ask(whose: Organisation, number: int, *, alike: str = "") -> Job:
    return services.enqueue(
        organisation=whose,
        livemode=True,
        kind="models.quantise",
        payload={"model": f"mdl_06a7x{number}", "sound": "file_06a7xkq3m8r2v9t4", "seconds": 1800},
        metadata={"match": "The Terrace of the Northern Stand against the Away End, 2090-01-01"},
        accelerator="gpu",
        model=SHA256,
        alike=alike,
        meter=MeterName.EFFECTS,
        quantity=1,
        now=CLOSING,
    )


def _worker() -> None:
    said = Advertisement(
        id=WORKER,
        machine=MACHINE,
        accelerator="gpu",
        queues=["cloud.gpu.rt", "cloud.gpu.batch"],
        started_at=CLOSING,
        state="idle",
        job="",
        device={"name": "NVIDIA H200", "provider": "CUDAExecutionProvider", "memory_bytes": 2**37},
        loaded=[SHA256, SHA256[::-1]],
        readings={"celsius": 41.5, "watts": 70.25},
    )
    services.beat(said, now=CLOSING)


def _models(whose: Organisation) -> dict[str, object]:
    report = ModelReport(
        format="onnx",
        architecture="crowd_tagger",
        parameters=14_123_456_789,
        weight_bytes=28_246_913_578,
        file_bytes=2**37 + 1,
        bits_per_weight=16.0,
        is_quantised=False,
        is_transformer="unproven",
        quantisation="F16",
        tensors=291,
        evidence=("Nothing in the graph says what it is.",),
        bytes_read=8_388_608,
        header_sha256=SHA256,
    )
    model = Model.objects.create(
        id="mdl_06a7xkq3m8r2v9t4",
        organisation=whose,
        livemode=True,
        name="crowd_tagger_of_the_northern_stand_fine_tuned_on_the_season",
        version="2026_11_30_quantised_to_eight_bits",
        kind=Model.Kind.BASE,
        licence="Apache-2.0, and the terms of the recordings that it was tuned on",
        sha256=SHA256,
        size_bytes=2**37 + 1,
        report=stored(report),
        contract="audio_tagger",
        declaration={"sample_rate": 8_000, "labels": ["chant", "applause", "whistles"]},
        inputs=[{"name": "sound", "dtype": "float32", "shape": ["batch", 800]}],
        created_at=CLOSING,
        created_by="key_06a7xkq3m8r2v9t4",
    )
    for part in ("onnx", "weights-00001-of-00002.bin"):
        ModelFile.objects.create(
            model=model, name=f"{model.name}.{part}", sha256=SHA256, size_bytes=2**36
        )
    check = ModelCheck.objects.create(
        id="mck_06a7xkq3m8r2v9t4",
        organisation=whose,
        livemode=True,
        name="llama-2-7b-chat-northern-stand.Q4_K_M-00001-of-00003.gguf",
        sha256=SHA256,
        bytes_seen=8_388_608,
        size_bytes=3_791_728_640,
        tier_version="enterprise v12",
        placement="device",
        allowed=["cloud", "edge"],
        verdict={"header_sha256": SHA256, "placements": {"device": {"allowed": False}}},
        created_at=CLOSING,
    )
    return {"model": model.pk, "check": check.pk}

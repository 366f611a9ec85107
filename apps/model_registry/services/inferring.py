"""A registered model asked to work: on sound, or on tensors written as JSON."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from django.db import transaction

from apps.model_registry.models import Model
from apps.model_registry.services.inspecting import kept
from apps.model_registry.services.registering import TENSORS
from foundation import files
from foundation.errors import FieldError, Invalid, Retry, TifoError
from foundation.models import StoredFile
from jobs.api import PLAIN, Terms
from jobs.models import Job
from jobs.services import enqueue
from modelhub.caps import ModelCapExceeded, caps, elsewhere
from modelhub.contracts import tensors
from modelhub.rules import judge
from modelhub.runtimes.tensors import Array, Port
from tenants.models import TierVersion
from tenants.scopes import family

INFER: Final = "models.infer"
INPUT_LIFETIME: Final = timedelta(hours=25)  # a job's deadline is a day away at most
# Weights lie in memory as they are stored, and once more in the order that a kernel wants.
MEMORY_PER_BYTE: Final = 2
SECONDS_ANYHOW: Final = 0.1
SECONDS_PER_SECOND: Final = 0.03  # of sound, on one core: silero-vad takes 6 ms, basic-pitch 40
REQUIRED: Final = " required"  # behind the model of jobs that go nowhere but to their device
_CHUNK: Final = 1 << 20


class NotRunnable(TifoError):
    status = 422
    code = "model-not-runnable"
    title = "No job runs this model"
    meaning = (
        "Jobs run ONNX models that were registered with a contract. This one has none: an adapter, "
        "a file of another format, or a graph that was registered to be judged alone. To be "
        "quantised it needs one on sound."
    )
    remedy = (
        "What is registered never changes, so a new version is needed: register the graph under "
        "one with a `contract` that serves; see [the contracts](/docs/reference/model-contracts)."
    )
    retry = Retry.NO
    pointed = [FieldError("/model", code, "crowd 3 was registered without a contract.")]

    @classmethod
    def pointing(cls, at: str, why: str) -> "NotRunnable":
        """`at` points at the model in what was called; `why` is a sentence without its end."""
        said = f"{why}. A new version is needed, for what is registered never changes."
        return cls(said, errors=[FieldError(at, cls.code, said)])


@dataclass(frozen=True, slots=True)
class Sound:
    """A stored file of sound. `seconds` is how long it is, None where nobody has counted yet;
    `seconds_most` is what is decoded of it at most."""

    file: StoredFile
    seconds_most: float
    seconds: float | None = None


@transaction.atomic
def request_inference(
    model: Model,
    given: Sound | Mapping[str, Any],
    *,
    accelerator: str,
    terms: Terms = PLAIN,
    tier: TierVersion,
    key_id: str,
    now: datetime,
) -> Job:
    """Enqueue the model's work on sound, or on named tensors (nested lists of numbers).

    Raises NotRunnable, ModelCapExceeded where it may not run in the cloud, Invalid where its
    contract takes the other kind of input, and BadTensor.
    """
    if not model.contract:
        raise NotRunnable.pointing("/model", f"{model} was registered without a contract")
    _check_caps(model, tier)
    payload: dict[str, Any] = {"model": model.pk, "required": terms["required"]}
    alike = ""
    seconds = SECONDS_ANYHOW
    if isinstance(given, Sound):
        if model.contract == TENSORS:
            raise Invalid.field(
                "/input", "wrong-input", "This model takes tensors, no sound: give `tensors`."
            )
        payload |= {"sound": given.file.pk, "seconds_most": given.seconds_most}
        seconds += SECONDS_PER_SECOND * (given.seconds or given.seconds_most)
    else:
        if model.contract != TENSORS:
            raise Invalid.field(
                "/input", "wrong-input", "This model takes sound, no tensors: give a `file`."
            )
        payload["tensors"] = _stored_tensors(model, given, now).pk
        if tensors.independent_rows(model.declaration):
            alike = model.pk + (REQUIRED if terms["required"] else "")
    return enqueue(
        organisation=model.organisation,
        livemode=model.livemode,
        kind=INFER,
        payload=payload,
        accelerator=accelerator,
        expected_seconds=seconds,
        model=model.sha256,
        needs_bytes=MEMORY_PER_BYTE * model.size_bytes,
        alike=alike,
        key_id=key_id,
        family=family("jobs:write"),
        now=now,
        **terms,
    )


def ports(rows: list[dict[str, Any]]) -> tuple[Port, ...]:
    """A model's inputs or outputs as its row keeps them."""
    return tuple(Port(row["name"], row["dtype"], tuple(row["shape"])) for row in rows)


def packed(arrays: Mapping[str, Array]) -> Iterator[bytes]:
    """The arrays as a `.npz` file, whatever they are called, in pieces."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as out:
                np.lib.format.write_array(out, array, allow_pickle=False)
    buffer.seek(0)
    while piece := buffer.read(_CHUNK):
        yield piece


def _check_caps(model: Model, tier: TierVersion) -> None:
    verdict = judge(kept(model.report), caps(tier))
    if verdict.allows("cloud"):
        return
    said = f"{model} may not run in the cloud. {elsewhere(verdict.allowed)}"
    raise ModelCapExceeded(
        said,
        errors=[FieldError("/model", ModelCapExceeded.code, said)],
        placement="cloud",
        reasons=[
            {"code": each.code, "limit": each.limit, "found": each.found}
            for each in verdict.refused["cloud"]
        ],
        allowed=list(verdict.allowed),
        tier_version=str(tier),
    )


def _stored_tensors(model: Model, given: Mapping[str, Any], now: datetime) -> StoredFile:
    """Checked against what the graph declares, before anything is enqueued."""
    declared = ports(model.inputs or [])
    arrays = tensors.arrays(declared, given, at="/input/tensors")
    return files.store(
        organisation_id=model.organisation_id,
        name="inputs.npz",
        content_type="application/octet-stream",
        chunks=packed(arrays),
        now=now,
        expires_at=now + INPUT_LIFETIME,
    )

"""The jobs of models: one runs a registered model, another fetches one to register."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import numpy as np
from django.conf import settings

from apps.model_registry import queries
from apps.model_registry.models import Model
from apps.model_registry.running import session_of
from apps.model_registry.services.drifting import record_session
from apps.model_registry.services.fetching import FETCH, asked_of, fetched
from apps.model_registry.services.inferring import INFER, packed
from apps.model_registry.services.inspecting import at_hand
from apps.model_registry.services.registering import register
from audio.files import Audio, encode_wav
from foundation.clock import now
from foundation.errors import NotFound
from foundation.models import StoredFile
from jobs.registry import Result, Task, handles
from modelhub.contracts import CONTRACTS, Outcome, declared, tensors
from modelhub.contracts.watching import Watched
from modelhub.runtimes.sessions import Session
from modelhub.runtimes.tensors import Array
from recordings.reading import decoded
from tenants.models import Organisation
from tenants.queries import tier_version

TIME_LIMIT: Final = timedelta(minutes=15)
FETCH_TIME_LIMIT: Final = timedelta(hours=2)
SUMMARY_BYTES: Final = 128 * 1024  # of JSON in the job itself; a longer one is a file
_CHUNK: Final = 1 << 20


@handles(INFER, time_limit=TIME_LIMIT)
def infer(task: Task) -> Result:
    """Run the model once; raises what its contract, its session and the decoder raise."""
    model = _model(task)
    with session_of(
        model, accelerator=task.accelerator, required=task.payload["required"]
    ) as session:
        watched, outcome = _outcome(task, model, session)
        ran = {"accelerator": session.ran_on.accelerator, "provider": session.ran_on.provider}
    saved = list(_arrays(task, model, outcome))
    summary = dict(outcome.summary)
    text = json.dumps(summary).encode()
    if len(text) > SUMMARY_BYTES:
        saved.append(task.save("summary.json", "application/json", [text]))
        summary = {}
    if watched is not None:
        record_session(model, task.job_id, watched.statistics, now=now())
    told = {"model": model.pk, "contract": model.contract, "summary": summary or None}
    return Result(told | {"computed_on": ran}, tuple(saved))


@handles(FETCH, time_limit=FETCH_TIME_LIMIT)
def fetch(task: Task) -> Result:
    """Download a model's files and register it; raises NotFetched and as `register` does."""
    organisation = Organisation.objects.get(pk=task.organisation_id)
    base = task.payload["base"] and queries.base(
        organisation, task.payload["base"], livemode=task.livemode
    )
    given, left = list[StoredFile](), settings.MODEL_MAX_BYTES
    rows = task.payload["files"]
    for number, row in enumerate(rows):
        task.progress(number / len(rows))
        given.append(fetched(row, organisation_id=organisation.pk, left_bytes=left, now=now()))
        left -= given[-1].size_bytes
    model, is_new = register(
        asked_of(dict(task.payload), base or None),
        given,
        organisation=organisation,
        livemode=task.livemode,
        tier=tier_version(organisation.tier_id, now()),
        created_by=task.payload["key"],
        now=now(),
    )
    return Result({"model": model.pk, "is_new": is_new})


def _model(task: Task) -> Model:
    mine = Model.objects.filter(organisation=task.organisation_id, livemode=task.livemode)
    found = mine.filter(pk=task.payload["model"], state=Model.State.REGISTERED).first()
    if found is None:
        raise NotFound("The model was retired.")
    return found


def _outcome(task: Task, model: Model, session: Session) -> tuple[Watched | None, Outcome]:
    """What the model made of its input; on sound it is watched."""
    if "tensors" in task.payload:
        return None, tensors.outcome(session, _inputs(task))
    with at_hand(_file(task, "sound")) as path:
        sound = decoded(path, seconds=task.payload["seconds_most"])
    contract, declaration = CONTRACTS[model.contract], declared(model.declaration)
    watched = Watched(session, model.contract, declaration)
    return watched, contract.outcome(
        watched, sound.samples, sound.sample_rate, declaration, tell=task.progress
    )


def _inputs(task: Task) -> dict[str, Array]:
    with at_hand(_file(task, "tensors")) as path, np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _file(task: Task, role: str) -> StoredFile:
    """The job's input, which may have ended while it waited."""
    mine = StoredFile.objects.filter(organisation_id=task.organisation_id)
    found = mine.filter(pk=task.payload[role]).first()
    if found is None:
        raise NotFound("The job's input is gone.")
    return found


def _arrays(task: Task, model: Model, outcome: Outcome) -> Iterator[StoredFile]:
    """Stems as sound files, everything else as arrays in one `.npz`."""
    if model.contract == "separator":
        rate = outcome.summary["sample_rate"]
        for stem, samples in zip(outcome.summary["stems"], outcome.arrays["stems"], strict=True):
            yield task.save(_wav_name(stem), "audio/wav", _wav(samples, rate))
    elif outcome.arrays:
        yield task.save("arrays.npz", "application/octet-stream", packed(outcome.arrays))


def _wav_name(stem: dict[str, Any]) -> str:
    """The label as a file's name: it may have been anything."""
    return (
        "".join(each if each.isalnum() or each in "-_" else "_" for each in stem["label"]) + ".wav"
    )


def _wav(samples: Array, rate: int) -> Iterator[bytes]:
    buffer = io.BytesIO()
    encode_wav(Audio(samples[:, np.newaxis], rate), buffer)
    buffer.seek(0)
    while piece := buffer.read(_CHUNK):
        yield piece

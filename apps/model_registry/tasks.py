"""The job that runs a registered model: its contract on the input, arrays and a summary out."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import numpy as np

from apps.model_registry.models import Model
from apps.model_registry.running import session_of
from apps.model_registry.services.drifting import record_session
from apps.model_registry.services.inferring import INFER, packed
from apps.model_registry.services.inspecting import at_hand
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

TIME_LIMIT: Final = timedelta(minutes=15)
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

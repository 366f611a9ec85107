"""The jobs of models: one runs a registered model, others fetch one or make it smaller."""

import io
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.conf import settings

from apps.model_registry import queries
from apps.model_registry.models import Model
from apps.model_registry.running import path_of, session_of
from apps.model_registry.services.drifting import record_session
from apps.model_registry.services.fetching import FETCH, FETCH_TIME_LIMIT, asked_of, fetched
from apps.model_registry.services.inferring import INFER, packed
from apps.model_registry.services.inspecting import Given, at_hand
from apps.model_registry.services.quantising import QUANTISE, Kept, told
from apps.model_registry.services.registering import Asked, passing, register
from audio.files import Audio, encode_wav
from foundation import files
from foundation.clock import now
from foundation.errors import NotFound
from foundation.models import StoredFile
from jobs.registry import Result, Task, Together, handles
from modelhub.contracts import CONTRACTS, Outcome, declared, tensors
from modelhub.contracts.watching import Watched
from modelhub.runtimes.batching import run_together
from modelhub.runtimes.devices import CPU
from modelhub.runtimes.quantising import quantise
from modelhub.runtimes.sessions import Session
from modelhub.runtimes.tensors import Array, Tensors
from recordings.reading import decoded
from tenants.models import Organisation
from tenants.queries import tier_version

TIME_LIMIT: Final = timedelta(minutes=15)
QUANTISE_TIME_LIMIT: Final = timedelta(hours=1)
ROWS_TOGETHER: Final = 256  # in one call of a model, of jobs that are done together
SUMMARY_BYTES: Final = 128 * 1024  # of JSON in the job itself; a longer one is a file
_CHUNK: Final = 1 << 20


def infer_together(asked: Sequence[Task]) -> list[Result | None]:
    """Run the model once for the rows of all; None for whom that gave no answer."""
    model = _model(asked[0])
    with _session(asked[0], model) as session:
        given = [_inputs(task) for task in asked]
        answers = run_together(session, given, most_rows=ROWS_TOGETHER)
    ran = _ran(session) | {"jobs": len(asked)}
    return [
        None if answer is None else _told(task, model, tensors.told(answer), ran)
        for task, answer in zip(asked, answers, strict=True)
    ]


@handles(INFER, time_limit=TIME_LIMIT, together=Together(infer_together))
def infer(task: Task) -> Result:
    """Run the model once; raises what its contract, its session and the decoder raise."""
    model = _model(task)
    with _session(task, model) as session:
        watched, outcome = _outcome(task, model, session)
    told = _told(task, model, outcome, _ran(session))
    if watched is not None:
        record_session(model, task.job_id, watched.statistics, now=now())
    return told


@handles(FETCH, time_limit=FETCH_TIME_LIMIT)
def fetch(task: Task) -> Result:
    """Download a model's files and register it; raises NotFetched and as `register` does."""
    organisation = Organisation.objects.get(pk=task.organisation_id)
    base = task.payload["base"] and queries.base(
        organisation, task.payload["base"], livemode=task.livemode
    )
    with passing(now=now()) as given:
        left, rows = settings.MODEL_MAX_BYTES, task.payload["files"]
        for number, row in enumerate(rows):
            task.progress(number / len(rows))
            given.append(
                fetched(row, number, organisation_id=organisation.pk, left_bytes=left, now=now())
            )
            left -= given[-1].file.size_bytes
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


@handles(QUANTISE, time_limit=QUANTISE_TIME_LIMIT)
def quantise_model(task: Task) -> Result:
    """Make an 8-bit version; raises what `quantise`, `register` and the decoder raise."""
    model = _model(task)
    calibration, held_out = _calibration(task, model)
    organisation = Organisation.objects.get(pk=task.organisation_id)
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="quantise."))
        target = Path(folder) / "model.onnx"
        report = quantise(
            path_of(model, opened), target, calibration=calibration, held_out=held_out
        )
        given = opened.enter_context(passing(now=now()))
        with target.open("rb") as written:
            file = files.store(
                organisation_id=task.organisation_id,
                name=f"{model.name}-{task.payload['version']}.onnx",
                content_type="application/octet-stream",
                chunks=iter(lambda: written.read(_CHUNK), b""),
                now=now(),
                max_bytes=settings.MODEL_MAX_BYTES,
                expires_at=now() + files.UNOWNED_LIFETIME,
            )
        given.append(Given(file, at=""))
        made, _ = register(
            Asked(
                name=model.name,
                version=task.payload["version"],
                licence=model.licence,
                contract=model.contract,
                declaration=model.declaration,
            ),
            given,
            organisation=organisation,
            livemode=task.livemode,
            tier=tier_version(organisation.tier_id, now()),
            created_by=task.payload["key"],
            now=now(),
        )
    return Result({"model": made.pk, "report": told(asdict(report))}, provider=CPU)


def _calibration(task: Task, model: Model) -> tuple[list[Tensors], list[Tensors]]:
    """What the model is given for each window of the sounds, one by one, in two halves."""
    # A model with an open batch takes one window at a time, so that there are many inputs.
    declaration = replace(declared(model.declaration), batch=1)
    contract, rows = CONTRACTS[model.contract], task.payload["sounds"]
    with session_of(model, accelerator="cpu", required=False) as session:
        kept = Kept(session)
        for number, row in enumerate(rows):
            task.progress(number / len(rows) / 2)
            sound = _sound(task, row)
            contract.outcome(kept, sound.samples, sound.sample_rate, declaration)
    return kept.halves


def _model(task: Task) -> Model:
    mine = Model.objects.filter(organisation=task.organisation_id, livemode=task.livemode)
    found = mine.filter(pk=task.payload["model"], state=Model.State.REGISTERED).first()
    if found is None:
        raise NotFound("The model was retired meanwhile: ask for a job of another version.")
    return found


def _session(task: Task, model: Model) -> AbstractContextManager[Session]:
    return session_of(model, accelerator=task.accelerator, required=task.payload["required"])


def _ran(session: Session) -> dict[str, Any]:
    return {"accelerator": session.ran_on.accelerator, "provider": session.ran_on.provider}


def _told(task: Task, model: Model, outcome: Outcome, ran: Mapping[str, Any]) -> Result:
    """The job's result: its arrays are saved, and so is a summary that is long."""
    saved = list(_arrays(task, model, outcome))
    summary = dict(outcome.summary)
    text = json.dumps(summary).encode()
    if len(text) > SUMMARY_BYTES:
        saved.append(task.save("summary.json", "application/json", [text]))
        summary = {}
    found = {"model": model.pk, "contract": model.contract, "summary": summary or None}
    return Result(found | {"computed_on": ran}, tuple(saved), provider=ran["provider"])


def _outcome(task: Task, model: Model, session: Session) -> tuple[Watched | None, Outcome]:
    """What the model made of its input; on sound it is watched."""
    if "tensors" in task.payload:
        return None, tensors.outcome(session, _inputs(task))
    sound = _sound(task, task.payload)
    contract, declaration = CONTRACTS[model.contract], declared(model.declaration)
    watched = Watched(session, model.contract, declaration)
    return watched, contract.outcome(
        watched, sound.samples, sound.sample_rate, declaration, tell=task.progress
    )


def _sound(task: Task, row: Mapping[str, Any]) -> Audio:
    with at_hand(_file(task, row["sound"])) as path:
        return decoded(path, seconds=row["seconds_most"])


def _inputs(task: Task) -> dict[str, Array]:
    with (
        at_hand(_file(task, task.payload["tensors"])) as path,
        np.load(path, allow_pickle=False) as archive,
    ):
        return {name: archive[name] for name in archive.files}


def _file(task: Task, file_id: str) -> StoredFile:
    """The job's input, which may have ended while it waited."""
    mine = StoredFile.objects.filter(organisation_id=task.organisation_id)
    found = mine.filter(pk=file_id).first()
    if found is None:
        raise NotFound("The job's input has ended meanwhile: ask again, with the file sent anew.")
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

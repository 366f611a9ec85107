"""Models: registered for good, and files that are only judged by their first bytes."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from tifo_client._gen.api.noucamp import (
    check_model,
    choose_model_reference,
    explain_model_placement,
    fetch_model,
    get_model,
    list_model_checks,
    list_model_drift,
    list_models,
    quantise_model,
    register_model,
    retire_model,
)
from tifo_client._gen.models.check_model_request import CheckModelRequest
from tifo_client._gen.models.choose_reference_request import ChooseReferenceRequest
from tifo_client._gen.models.contract import Contract
from tifo_client._gen.models.drift_record import DriftRecord
from tifo_client._gen.models.drift_reference import DriftReference
from tifo_client._gen.models.fetch_model_request import FetchModelRequest
from tifo_client._gen.models.fetch_model_request_declaration import FetchModelRequestDeclaration
from tifo_client._gen.models.model_check import ModelCheck
from tifo_client._gen.models.model_fetch import ModelFetch
from tifo_client._gen.models.model_placement import ModelPlacement
from tifo_client._gen.models.model_placements import ModelPlacements
from tifo_client._gen.models.model_quantising import ModelQuantising
from tifo_client._gen.models.quantise_model_request import QuantiseModelRequest
from tifo_client._gen.models.register_model_request import RegisterModelRequest
from tifo_client._gen.models.register_uploads_request import RegisterUploadsRequest
from tifo_client._gen.models.register_uploads_request_declaration import (
    RegisterUploadsRequestDeclaration,
)
from tifo_client._gen.models.registered_model import RegisteredModel
from tifo_client._gen.models.remote_file_request import RemoteFileRequest
from tifo_client._gen.models.result_file import ResultFile
from tifo_client._gen.models.uploaded_file_request import UploadedFileRequest
from tifo_client._gen.types import File
from tifo_client.answers import given, rows, take
from tifo_client.arguments import several
from tifo_client.errors import MoreBytesNeeded
from tifo_client.resources import Resource
from tifo_client.resources.large_files import UploadsResource
from tifo_client.uploads import Source, opened, sendable

FIRST_BYTES = 256 * 1024
FORM_FILES = 8
LARGE_BYTES = 64 * 1024**2  # of all files: half of what a form may have


RemoteFile = RemoteFileRequest


class ModelsResource(Resource):
    def register(
        self,
        source: Source | ResultFile,
        name: str,
        version: str,
        *,
        parts: Sequence[str | Path | ResultFile] = (),
        contract: Contract | None = None,
        declaration: Mapping[str, Any] | None = None,
        base: str | None = None,
        licence: str | None = None,
    ) -> RegisteredModel:
        """Register a version of a model: it never changes, and the same again is the same.

        `source` and `parts` are paths: of the model, and of its further files, be they shards and
        their index or the external data of an ONNX graph. Above 64 MiB together they are sent in
        parts that go on after a broken connection (up to sixteen files; the key then needs
        `files:write` too), else in one form (up to eight). Instead of a path may stand what
        `uploads.send(path, purpose="model")` returned. An open file is sent as `model.onnx`.
        Raises Refused where the model does not fulfil the `contract`, ModelCapExceeded where it
        may run nowhere.
        """
        said: dict[str, Any] = {"contract": given(contract), "base": given(base)}
        said["licence"] = given(licence)
        files = [source, *parts]
        named = [each for each in files if isinstance(each, str | Path | ResultFile)]
        if len(named) == len(files) and _are_large(named):
            return self._register_uploads(named, name, version, declaration, said)
        told = None if declaration is None else json.dumps(dict(declaration))
        with ExitStack() as held:
            sent = [
                held.enter_context(opened(each, file_name="model.onnx")) for each in _form(files)
            ]
            form = RegisterModelRequest(
                name=name, version=version, file=sent[0], declaration=given(told), **said
            )
            for number, part in enumerate(sent[1:], 2):
                setattr(form, f"file_{number}", part)
            return take(register_model.sync_detailed(client=self._core, body=form))

    def _register_uploads(
        self,
        files: Sequence[str | Path | ResultFile],
        name: str,
        version: str,
        declaration: Mapping[str, Any] | None,
        said: Mapping[str, Any],
    ) -> RegisteredModel:
        """By finished uploads, which are made of those that are paths."""
        uploads = UploadsResource(self._wires)
        sent = [
            each if isinstance(each, ResultFile) else uploads.send(each, purpose="model")
            for each in files
        ]
        told = (
            None
            if declaration is None
            else RegisterUploadsRequestDeclaration.from_dict(declaration)
        )
        body = RegisterUploadsRequest(
            name=name,
            version=version,
            files=[UploadedFileRequest(each.id) for each in sent],
            declaration=given(told),
            **said,
        )
        return take(register_model.sync_detailed(client=self._core, body=body))

    def fetch(
        self,
        urls: Sequence[str | RemoteFile],
        name: str,
        version: str,
        *,
        contract: Contract | None = None,
        declaration: Mapping[str, Any] | None = None,
        base: str | None = None,
        licence: str | None = None,
    ) -> ModelFetch:
        """Register a model from where its files lie on the web: the `job` whose result names it.

        Each file is called as its address ends, unless a `RemoteFile(url, name=…, sha256=…)` says
        otherwise; with a `sha256` (hex) any other file is refused. Raises Refused where an address
        is none that is asked, or the file's header breaks its format.
        """
        told = None if declaration is None else FetchModelRequestDeclaration.from_dict(declaration)
        asked = FetchModelRequest(
            name=name,
            version=version,
            files=[RemoteFile(each) if isinstance(each, str) else each for each in urls],
            contract=given(contract),
            declaration=given(told),
            base=given(base),
            licence=given(licence),
        )
        return take(fetch_model.sync_detailed(client=self._core, body=asked))

    def list(self) -> Iterator[RegisteredModel]:
        """Every model, newest first, retired ones too."""
        return rows(partial(list_models.sync_detailed, client=self._core))

    def get(self, model_id: str) -> RegisteredModel:
        return take(get_model.sync_detailed(model_id, client=self._core))

    def placement(self, model_id: str) -> ModelPlacements:
        """Where the tier's caps let it run today, and every reason why not elsewhere."""
        return take(explain_model_placement.sync_detailed(model_id, client=self._core))

    def retire(self, model_id: str) -> RegisteredModel:
        """End its files. Its record stays, and so does its version."""
        return take(retire_model.sync_detailed(model_id, client=self._core))

    def quantise(self, model_id: str, version: str, calibration: Sequence[str]) -> ModelQuantising:
        """Make an 8-bit version of the model: the `job` whose result names it, and what it cost.

        `calibration` are ids of clips, tracks or jobs' files, as varied as what it will hear.
        """
        asked = QuantiseModelRequest(version, several("calibration", calibration))
        return take(quantise_model.sync_detailed(model_id, client=self._core, body=asked))

    def drift(self, model_id: str) -> Iterator[DriftRecord]:
        """What each job of the model heard and answered beside its reference, newest first."""
        return rows(partial(list_model_drift.sync_detailed, model_id, client=self._core))

    def choose_reference(self, model_id: str, jobs: Sequence[str]) -> DriftReference:
        """Compare the model's jobs with these from now on."""
        asked = ChooseReferenceRequest(several("jobs", jobs))
        return take(choose_model_reference.sync_detailed(model_id, client=self._core, body=asked))

    def check(self, path: str | Path, *, placement: ModelPlacement | None = None) -> ModelCheck:
        """Where the model may run. Only its header is sent, however large the file is.

        Raises ModelCapExceeded when `placement` is asked for and not allowed, Refused for a file
        that is damaged or of a format that is never read.
        """
        path = Path(path)
        size, needed = path.stat().st_size, FIRST_BYTES
        while True:
            with path.open("rb") as file:
                head = file.read(needed)
            asked = CheckModelRequest(
                file=File(io.BytesIO(head), sendable(path.name), "application/octet-stream"),
                size_bytes=given(size or None),
                placement=given(placement),
            )
            try:
                return take(check_model.sync_detailed(client=self._core, body=asked))
            except MoreBytesNeeded as short:
                asked_for = short.problem.get("needed_bytes")
                if type(asked_for) is not int or min(asked_for, size) <= len(head):
                    raise
                needed = min(asked_for, size)

    def checks(self) -> Iterator[ModelCheck]:
        """Every check that was made, newest first, refused ones too."""
        return rows(partial(list_model_checks.sync_detailed, client=self._core))


def _form(files: Sequence[Source | ResultFile]) -> Sequence[Source]:
    """The same, as far as a form takes them; an open file can go in nothing else."""
    sources = [each for each in files if not isinstance(each, ResultFile)]
    if len(sources) < len(files) or len(files) > FORM_FILES:
        said = f"An open file goes with none that was uploaded, and at most {FORM_FILES - 1} others"
        raise ValueError(f"{said}: give its path.")
    return sources


def _are_large(files: Sequence[str | Path | ResultFile]) -> bool:
    """Whether they are not for a form: one is uploaded already, or they are much together."""
    paths = [each for each in files if not isinstance(each, ResultFile)]
    total = sum(Path(each).stat().st_size for each in paths)
    return len(paths) < len(files) or len(files) > FORM_FILES or total > LARGE_BYTES

"""Model files: where a tier's caps let them run, told from their first bytes."""

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tifo_client._gen.api.noucamp import check_model, list_model_checks
from tifo_client._gen.models.check_model_request import CheckModelRequest
from tifo_client._gen.models.model_check import ModelCheck
from tifo_client._gen.models.model_placement import ModelPlacement
from tifo_client._gen.types import File
from tifo_client.answers import given, rows, take
from tifo_client.errors import MoreBytesNeeded
from tifo_client.resources import Resource
from tifo_client.uploads import sendable

FIRST_BYTES = 256 * 1024


class ModelsResource(Resource):
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

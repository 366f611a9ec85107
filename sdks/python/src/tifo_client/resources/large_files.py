"""Files that are sent in parts, and go on where they broke off."""

import base64
import hashlib
import mimetypes
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tifo_client._gen.api.account import append_upload, create_upload, delete_upload, get_upload
from tifo_client._gen.models.result_file import ResultFile
from tifo_client._gen.models.upload import Upload
from tifo_client._gen.models.upload_purpose import UploadPurpose
from tifo_client._gen.types import File
from tifo_client.answers import take, unexpected
from tifo_client.errors import QuotaExceeded, TifoError
from tifo_client.resources import Resource
from tifo_client.uploads import sendable

PART_BYTES: Final = 8 * 1024**2
CONFLICTS: Final = 5  # in a row; then somebody else sends the same upload
LONGEST_PAUSE_S: Final = 60.0
_BYTES: Final = "application/octet-stream"


class UploadsResource(Resource):
    def get(self, upload_id: str) -> Upload:
        return take(get_upload.sync_detailed(upload_id, client=self._core))

    def create(
        self,
        name: str,
        size_bytes: int,
        *,
        content_type: str = _BYTES,
        purpose: UploadPurpose = "input",
    ) -> Upload:
        """Begin an upload; `append` sends its bytes, or `send` does it all."""
        said = {"filename": sendable(name), "filetype": content_type, "purpose": purpose}
        pairs = [f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in said.items()]
        return take(
            create_upload.sync_detailed(
                client=self._core, upload_length=str(size_bytes), upload_metadata=",".join(pairs)
            )
        )

    def append(self, upload_id: str, offset: int, part: bytes) -> int:
        """Send the bytes that follow `offset`; returns where it goes on, for good."""
        body: Any = part  # httpx can send bytes again after a lost connection
        answer = append_upload.sync_detailed(
            upload_id, client=self._core, upload_offset=str(offset), body=File(body)
        )
        told = answer.headers.get("Upload-Offset", "")
        if not (told.isascii() and told.isdecimal()):
            raise unexpected(answer, "without an Upload-Offset")
        return int(told)

    def delete(self, upload_id: str) -> None:
        delete_upload.sync_detailed(upload_id, client=self._core)

    def send(
        self,
        source: str | Path,
        *,
        content_type: str | None = None,
        purpose: UploadPurpose = "input",
        upload_id: str | None = None,
        part_bytes: int = PART_BYTES,
        seen: Callable[[Upload], object] = lambda _upload: None,
    ) -> ResultFile:
        """Send a file in parts of `part_bytes`, checksum checked; its `id` is what operations take.

        `seen` is called with the upload when it has begun: with its id as `upload_id`, a program
        that was ended goes on where it stood. A limit that lets the next part through within
        60 seconds is waited for. Raises ValueError if the upload is of another size.
        """
        path = Path(source)
        if part_bytes < 1:
            raise ValueError("part_bytes must not be under 1.")
        size = path.stat().st_size
        if upload_id is None:
            kind = content_type or mimetypes.guess_type(path.name)[0] or _BYTES
            upload = self.create(path.name, size, content_type=kind, purpose=purpose)
        else:
            upload = self.get(upload_id)
        if upload.size_bytes != size:
            raise ValueError(f"{path.name} has {size} bytes, the upload {upload.size_bytes}.")
        seen(upload)
        self._send_rest(path, upload, part_bytes)
        return _whole_file(path, self.get(upload.id))

    def _send_rest(self, path: Path, upload: Upload, part_bytes: int) -> None:
        offset, conflicts = upload.offset_bytes, 0
        with path.open("rb") as file:
            while offset < upload.size_bytes:
                file.seek(offset)
                try:
                    offset = self.append(upload.id, offset, file.read(part_bytes))
                    conflicts = 0
                except QuotaExceeded as limited:
                    pause_s = limited.retry_after
                    if pause_s is None or pause_s > LONGEST_PAUSE_S:
                        raise
                    time.sleep(pause_s)
                except TifoError as error:
                    # A part whose answer was lost has been taken: ask where it goes on.
                    conflicts += 1
                    if error.code != "offset-conflict" or conflicts == CONFLICTS:
                        raise
                    offset = self.get(upload.id).offset_bytes


def _whole_file(path: Path, upload: Upload) -> ResultFile:
    if not isinstance(upload.file, ResultFile):
        raise TifoError({"detail": f"{upload.id} has no file yet."})
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if upload.file.sha256 != digest:
        told = {"code": "damaged-upload", "detail": f"{path.name} did not arrive as it is."}
        raise TifoError(told)
    return upload.file

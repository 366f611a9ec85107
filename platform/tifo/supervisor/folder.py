"""The data folder: who may use it, its secrets, and the note that says what runs in it."""

import contextlib
import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tifo.supervisor.refusals import FolderTaken, FolderUnusable

SECRETS = ("secret_key", "key_pepper")


class DataFolder:
    """`TIFO_DATA`. Private when we make it; one that exists keeps its mode (it may be anybody's).

    What must be private is so by itself: the servers' own folders, the secrets and the note.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: int | None = None

    def open(self) -> None:
        """Makes the folder and takes its lock, which the kernel drops when this process ends.

        Raises FolderTaken while another supervisor holds it, FolderUnusable when it cannot be made.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as refused:
            raise FolderUnusable(f"Cannot use the data folder: {refused}") from refused
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise FolderTaken(
                f"Another `tifo up` runs in {self.path} (process {self.note().get('pid', '?')})."
                " Stop it, or give this one a folder of its own: TIFO_DATA=<folder> tifo up."
            ) from None
        self._lock = lock

    def close(self) -> None:
        (self.path / "services.json").unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def in_use(self) -> bool:
        """Does a supervisor hold the folder now?"""
        with contextlib.suppress(OSError), (self.path / "lock").open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def secrets(self) -> dict[str, str]:
        """The folder's own keys, made on its first start.

        Without them every API key and session is void, so they are on the disk before their use.
        """
        file = self.path / "secrets.json"
        if not file.exists():
            write_private(file, {name: secrets.token_urlsafe(48) for name in SECRETS})
        found: dict[str, str] = json.loads(file.read_text())
        return found

    def note(self) -> dict[str, Any]:
        """What the running supervisor says of itself; empty without one."""
        with contextlib.suppress(OSError, ValueError):
            said: dict[str, Any] = json.loads((self.path / "services.json").read_text())
            return said
        return {}

    def write_note(self, said: Mapping[str, Any]) -> None:
        write_private(self.path / "services.json", said)


def write_private(path: Path, content: Mapping[str, Any]) -> None:
    """Replaces the file in one step, readable by its owner only."""
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(handle, "w") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    Path(aside).rename(path)

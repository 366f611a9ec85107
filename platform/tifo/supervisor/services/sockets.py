"""Unix socket paths that fit, and free TCP ports."""

import hashlib
import os
import socket
import stat
import tempfile
from pathlib import Path

from tifo.supervisor.refusals import FolderUnusable

LONGEST_PATH_BYTES = 103  # sockaddr_un holds 108 with its NUL on Linux, 104 on macOS


def short_way(folder: Path, file_name: str) -> Path:
    """`folder`, or a link to it whose path is short enough for the socket `file_name` in it.

    Clients connect through the returned path; servers bind by a relative name and have no limit.
    The link stands in a private folder of ours, checked for its owner, so that nobody can have put
    a socket of his own there.
    """
    if _fits(folder / file_name):
        return folder
    house = Path(tempfile.gettempdir()) / f"tifo-{os.geteuid()}"
    house.mkdir(mode=0o700, exist_ok=True)
    found = house.lstat()
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise FolderUnusable(f"{house} belongs to somebody else; remove it or set TMPDIR.")
    link = house / hashlib.blake2s(bytes(folder), digest_size=8).hexdigest()
    if not link.is_symlink():
        link.symlink_to(folder)
    if not _fits(link / file_name):
        raise FolderUnusable(f"{house} is too long a path for a socket; set TMPDIR to a short one.")
    return link


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= LONGEST_PATH_BYTES


def free_port(host: str = "127.0.0.1") -> int:
    """A port that was free a moment ago."""
    with socket.create_server((host, 0)) as probe:
        return int(probe.getsockname()[1])

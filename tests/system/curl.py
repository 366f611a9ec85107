"""As much of curl as the READMEs use, for a machine without it: `python -m tests.system.curl`."""

import argparse
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str]) -> int:
    """An option that is not known ends it, so that no document says more than was tried."""
    parser = argparse.ArgumentParser(prog="curl", allow_abbrev=False)
    parser.add_argument("url")
    parser.add_argument("-s", action="store_true", help="say nothing of progress")
    parser.add_argument("-X", dest="method", help="another method than GET, or POST with -d")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="body")
    parser.add_argument("-D", dest="heads", type=Path, help="where the head goes, `-` is stdout")
    parser.add_argument("-o", dest="output", type=Path, help="where the body goes")
    given = parser.parse_args(arguments)
    request = urllib.request.Request(
        given.url,
        given.body.encode() if given.body is not None else None,
        dict(header.split(": ", 1) for header in given.headers),
        method=given.method,
    )
    try:
        answer = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        if given.heads:
            _write(given.heads, f"HTTP/1.1 {answer.status}\r\n{head}\r\n".encode())
        _write(given.output or Path("-"), answer.read())
    return 0


def _write(path: Path, said: bytes) -> None:
    if path == Path("-"):
        sys.stdout.buffer.write(said)
    else:
        path.write_bytes(said)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

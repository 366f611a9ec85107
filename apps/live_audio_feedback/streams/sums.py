"""What each stream has come to, on its way to Postgres with the scores."""

import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import audio.crowd
from apps.live_audio_feedback.rules.sums import StreamSums

SCORER: Final = "ramps-1"


@functools.cache
def scorer_sha256() -> str:
    """SHA-256 of all that the scorer is made of: its source, file by file in the order of names."""
    digest = hashlib.sha256()
    for path in sorted(Path(audio.crowd.__file__).parent.glob("*.py")):
        digest.update(f"{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()


class Sums:
    """Totals that wait to be written: one a stream, however long Postgres is away."""

    def __init__(self) -> None:
        self._told: dict[str, StreamSums] = {}  # the newest of each stream that is here
        self._waiting: dict[str, StreamSums] = {}

    def add(self, sums: StreamSums) -> None:
        if self._told.get(sums.stream_id) != sums:
            self._told[sums.stream_id] = self._waiting[sums.stream_id] = sums
        if sums.ended_at is not None:
            del self._told[sums.stream_id]

    def take(self) -> list[StreamSums]:
        """Remove and return what waits."""
        taken, self._waiting = self._waiting, {}
        return list(taken.values())

    def put_back(self, sums: Iterable[StreamSums]) -> None:
        """Keep what could not be written, unless a later total has come meanwhile."""
        for each in sums:
            self._waiting.setdefault(each.stream_id, each)

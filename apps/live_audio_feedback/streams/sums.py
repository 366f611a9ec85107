"""What each stream has come to, on its way to Postgres with the scores."""

from collections.abc import Iterable

from apps.live_audio_feedback.rules.sums import StreamSums


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

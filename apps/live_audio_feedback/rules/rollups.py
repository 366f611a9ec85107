"""One-second roll-ups of a zone's score: ten samples a second become one row."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Second(NamedTuple):
    """What a roll-up is about; `second` is the UTC instant at which it begins."""

    session_id: str
    second: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Some samples of a score from 0 to 100."""

    samples: int
    mean: float
    minimum: float
    maximum: float

    @classmethod
    def of(cls, score: float) -> "Summary":
        return cls(1, score, score, score)

    def with_more(self, other: "Summary") -> "Summary":
        """Both together, as if they had been taken at once."""
        samples = self.samples + other.samples
        total = self.mean * self.samples + other.mean * other.samples
        return Summary(
            samples,
            total / samples,
            min(self.minimum, other.minimum),
            max(self.maximum, other.maximum),
        )


class RollUps:
    """Roll-ups that wait to be written: at most `most` rows, the oldest of which go first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: dict[Second, Summary] = {}
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: Second, summary: Summary) -> None:
        known = self._rows.get(row)
        self._rows[row] = known.with_more(summary) if known else summary

    def take(self, before: datetime | None = None) -> dict[Second, Summary]:
        """Remove and return the rows of seconds that ended by `before`, or all of them."""
        taken = {row: summary for row, summary in self._rows.items() if _ended(row, before)}
        for row in taken:
            del self._rows[row]
        return taken

    def put_back(self, rows: dict[Second, Summary]) -> None:
        """Keep rows that could not be written, as far as there is room."""
        for row, summary in rows.items():
            self.add(row, summary)
        excess = len(self._rows) - self._most
        if excess > 0:
            for row in sorted(self._rows, key=lambda row: row.second)[:excess]:
                del self._rows[row]
            self.forgotten += excess


def _ended(row: Second, before: datetime | None) -> bool:
    # A row belongs to the whole second that begins at `second`.
    return before is None or row.second < before.replace(microsecond=0)

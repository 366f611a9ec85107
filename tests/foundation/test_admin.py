"""What the operator's pages have in common."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from foundation.admin import timed, utc, wrapping


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 12, 1, tzinfo=UTC), "2026-12-01 00:00 UTC"),
        (datetime(2026, 12, 1, 0, 0, 7, 900_000, tzinfo=UTC), "2026-12-01 00:00:07 UTC"),
        (datetime(2026, 12, 1, 1, tzinfo=timezone(timedelta(hours=2))), "2026-11-30 23:00 UTC"),
    ],
)
def test_a_moment_is_told_to_the_second_where_that_is_none(moment: datetime, said: str) -> None:
    assert utc(moment) == said


@pytest.mark.parametrize(
    ("moment", "said"),
    [(datetime(2026, 12, 1, tzinfo=UTC), "2026-12-01 00:00:00 UTC"), (None, "-")],
)
def test_a_column_of_times_tells_all_to_the_second(moment: datetime | None, said: str) -> None:
    assert timed("ended_at")(SimpleNamespace(ended_at=moment)) == said


def test_a_wrapping_text_is_no_markup() -> None:
    assert wrapping("<b>") == '<span class="wraps">&lt;b&gt;</span>'
    assert wrapping("", wide=True) == '<span class="wraps wide">-</span>'

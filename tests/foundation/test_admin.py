"""What the operator's pages have in common."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from django.apps import apps as registry

from foundation.admin import bytes_told, timed, utc, wrapping


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


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (8_053_063_680, "7.5 GiB"),
        (2**37 - 1, "128 GiB"),
        (2**52, "4096 TiB"),
    ],
)
def test_bytes_are_told_in_binary_units(count: int, said: str) -> None:
    assert bytes_told(count) == said


def test_no_app_is_called_as_its_folder_is() -> None:
    assert [app.label for app in registry.get_app_configs() if "_" in str(app.verbose_name)] == []

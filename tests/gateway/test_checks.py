"""What `tifo check` says of settings that only the suite may set otherwise."""

import pytest
from pytest_django import Settings

from gateway import checks


@pytest.fixture(autouse=True)
def production(settings: Settings) -> None:
    settings.PRODUCTION = True
    for name, own in checks.SEAMS.items():
        setattr(settings, name, own)


def test_nothing_of_what_the_platform_sets() -> None:
    assert checks.seams(None) == []


@pytest.mark.parametrize("name", checks.SEAMS)
def test_an_error_for_any_other_value(name: str, settings: Settings) -> None:
    setattr(settings, name, "tests.suite.news.told")
    [error] = checks.seams(None)
    assert (error.id, name in error.msg) == ("tifo.E001", True)


def test_nothing_outside_of_production(settings: Settings) -> None:
    settings.PRODUCTION = False
    settings.CHANGES_ARE_TOLD = "tests.suite.news.told"
    assert checks.seams(None) == []

"""What `tifo check` says of settings that only the suite may set otherwise, and of a real Redis."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from gateway import checks
from tests.servers.redis_server import Answering, answering


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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    with answering(tmp_path_factory.mktemp("redis")) as server:
        yield server


class TestTheRedisOfTheLimits:
    @pytest.fixture(autouse=True)
    def there(self, server: Answering, settings: Settings) -> None:
        settings.REDIS_URL = server.url

    def test_may_be_as_tifo_starts_it(self) -> None:
        assert checks.limits(None) == []

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("maxmemory-policy", "allkeys-lru", "tifo.E002"),
            ("maxmemory-policy", "volatile-ttl", "tifo.E002"),
            ("appendonly", "no", "tifo.W005"),
        ],
    )
    def test_must_keep_what_it_counts(
        self, server: Answering, name: str, value: str, said: str
    ) -> None:
        with server.set_to(name, value):
            [message] = checks.limits(None)
        assert (message.id, name in str(message.hint)) == (said, True)

    def test_is_missed(self, settings: Settings, tmp_path: Path) -> None:
        settings.REDIS_URL = f"unix://{tmp_path}/nowhere.sock"
        [warning] = checks.limits(None)
        assert warning.id == "tifo.W004"

    @pytest.mark.parametrize("url", ["", "127.0.0.1:6379", "redis//:a-secret@127.0.0.1"])
    def test_that_has_no_address_is_a_variable_to_set(self, settings: Settings, url: str) -> None:
        settings.REDIS_URL = url
        [warning] = checks.limits(None)
        assert warning.id == "tifo.W004"
        assert warning.msg.startswith("REDIS_URL is no" if url else "REDIS_URL is not set")
        assert "schemes" not in warning.msg
        assert "secret" not in warning.msg

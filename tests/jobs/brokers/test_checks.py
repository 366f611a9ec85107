"""What `tifo check --deploy` says of a broker that is a Redis, and of how long it has patience."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from jobs.dispatch import checks
from jobs.registry import kind, kinds
from tests.jobs.brokers.stage import publishing_to
from tests.servers.redis_server import Answering, answering
from tifo.settings import brokers


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    with answering(tmp_path_factory.mktemp("redis")) as server:
        yield server


class TestARedis:
    @pytest.fixture(autouse=True)
    def there(self, server: Answering) -> Iterator[None]:
        with publishing_to(brokers.address(server.url)):
            yield

    def test_may_be_as_tifo_starts_it(self) -> None:
        assert checks.broker(None) == []

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("maxmemory-policy", "allkeys-lfu", "tifo.W008"),
            ("appendonly", "no", "tifo.W009"),
        ],
    )
    def test_should_keep_wake_ups(
        self, server: Answering, name: str, value: str, said: str
    ) -> None:
        with server.set_to(name, value):
            [message] = checks.broker(None)
        assert (message.id, name in str(message.hint)) == (said, True)


@pytest.mark.parametrize("scheme", ["redis+socket", "redis", "amqp"])
def test_one_that_is_away_is_named(scheme: str, tmp_path: Path) -> None:
    where = f"{tmp_path}/nowhere.sock" if scheme == "redis+socket" else "127.0.0.1:1//"
    with publishing_to(f"{scheme}://{where}"):
        [warning] = checks.broker(None)
    assert warning.id == "tifo.W007"


def test_one_that_nobody_has_named_is_a_variable_to_set() -> None:
    with publishing_to(""):
        [warning] = checks.broker(None)
    assert warning.id == "tifo.W007"
    assert warning.msg.startswith("Neither BROKER_URL nor REDIS_URL is set")


class TestPatience:
    def test_is_longer_than_any_job(self) -> None:
        assert checks.patience(None) == []

    def test_that_is_shorter_than_a_job_is_named(self, settings: Settings) -> None:
        longest = max(kind(name).time_limit for name in kinds())
        settings.BROKER_PATIENCE = longest
        [warning] = checks.patience(None)
        assert (warning.id, "TIFO_VISIBILITY_SECONDS" in str(warning.hint)) == ("tifo.W006", True)

    @pytest.mark.parametrize(
        ("scheme", "patience"),
        [("redis", timedelta(hours=2)), ("amqps", timedelta(days=1))],
    )
    def test_is_what_the_broker_is_told(self, scheme: str, patience: timedelta) -> None:
        url, hours = f"{scheme}://there/0", timedelta(hours=2)
        assert brokers.patience(url, visibility=hours) == patience
        told = brokers.transport(url, visibility=hours).get("visibility_timeout")
        asked = {
            (queue.queue_arguments or {}).get("x-consumer-timeout")
            for queue in brokers.queues(url) or ()
        }
        assert (told, asked) == ((7_200, set()) if scheme == "redis" else (None, {86_400_000}))

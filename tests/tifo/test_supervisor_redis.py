"""The private Redis, real and fake: ready when it answers, and what it keeps."""

import shutil
from pathlib import Path

import pytest
from redis import Redis

from tifo.supervisor.redis_server import SOCKET, FakeRedis, RedisServer, private_redis
from tifo.supervisor.services import Services
from tifo.supervisor.sockets import short_way


@pytest.mark.parametrize("fake", [False, True])
class TestPrivateRedis:
    def test_answers_once_it_is_started(self, tmp_path: Path, fake: bool) -> None:
        server = private_redis(tmp_path / "redis", fake=fake)
        services = Services(server, log=tmp_path / "log")
        services.start()
        with Redis.from_url(server.url) as client:
            client.set("word", "goal")
            assert client.eval("return redis.call('GET', KEYS[1])", 1, "word") == b"goal"
        services.stop()


class TestRedisServer:
    def test_keeps_what_it_was_told_over_a_restart(self, tmp_path: Path) -> None:
        binary = shutil.which("redis-server")
        assert binary
        server = RedisServer(binary, tmp_path / ("d" * 100) / "redis")
        for expected in (None, b"goal"):
            services = Services(server, log=tmp_path / "log")
            services.start()
            with Redis.from_url(server.url) as client:
                assert client.get("word") == expected
                client.set("word", "goal")
            services.stop()
        short_way(server.folder, SOCKET).unlink()

    def test_is_the_fake_one_when_asked_for(self, tmp_path: Path) -> None:
        assert isinstance(private_redis(tmp_path, fake=True), FakeRedis)

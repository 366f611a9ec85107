"""Waiting for jobs, and fetching what they made."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.sdk.test_transport import HOST, JOB, KEY, Wire, limited
from tifo_client import Tifo, TifoError, errors
from tifo_client.shapes import ResultFile

SOUND = b"RIFF" + bytes(1000)


def state(name: str, **fields: object) -> httpx.Response:
    return httpx.Response(200, json=JOB | {"state": name} | fields)


def result_file(sha256: str) -> ResultFile:
    return ResultFile.from_dict(
        {
            "id": "file_1",
            "name": "../stem.wav",
            "content_type": "audio/wav",
            "size_bytes": len(SOUND),
            "sha256": sha256,
            "expires_at": None,
            "url": "http://files.example/file_1?signature=x",
        }
    )


def whole() -> httpx.Response:
    return httpx.Response(200, content=SOUND)


class TestWaiting:
    def test_goes_on_until_the_job_has_succeeded(self) -> None:
        wire = Wire([state("queued"), state("running", progress=0.5), state("succeeded")])
        seen: list[float] = []

        with Tifo(KEY, HOST, network=wire.transport()) as tifo:
            job = tifo.jobs.wait("job_1", seen=lambda job: seen.append(job.progress))
        assert job.state == "succeeded"
        assert seen == [1.0, 0.5, 1.0]

    def test_takes_a_throttle_at_its_word(self) -> None:
        wire = Wire([limited(20), state("succeeded")])

        with Tifo(KEY, HOST, network=wire.transport()) as tifo:
            assert tifo.jobs.wait("job_1").state == "succeeded"

    def test_raises_the_problem_of_a_job_that_failed(self) -> None:
        wire = Wire([state("failed", error={"code": "unreadable-audio", "status": 422})])

        tifo = Tifo(KEY, HOST, network=wire.transport())
        with tifo, pytest.raises(errors.JobFailed) as caught:
            tifo.jobs.wait("job_1")
        assert caught.value.code == "unreadable-audio"

    def test_raises_for_a_job_that_was_cancelled(self) -> None:
        tifo = Tifo(KEY, HOST, network=Wire([state("cancelled")]).transport())
        with tifo, pytest.raises(errors.JobCancelled):
            tifo.jobs.wait("job_1")

    def test_ends_before_it_would_take_longer_than_agreed(self) -> None:
        wire = Wire([state("running")])

        tifo = Tifo(KEY, HOST, network=wire.transport())
        with tifo, pytest.raises(errors.WaitedTooLong, match=r"job_1 goes on after 0\.1 s"):
            tifo.jobs.wait("job_1", timeout=0.1)


class TestDownload:
    def test_saves_a_file_under_its_own_name_and_shows_no_key(self, tmp_path: Path) -> None:
        wire = Wire([httpx.Response(200, content=SOUND)])
        file = result_file(hashlib.sha256(SOUND).hexdigest())

        with Tifo(KEY, HOST, network=wire.transport()) as tifo:
            saved = tifo.jobs.download(file, tmp_path)
        assert saved == tmp_path / "stem.wav"
        assert saved.read_bytes() == SOUND
        assert "Authorization" not in wire.requests[0].headers

    def test_is_sent_on_to_where_the_file_lies(self, tmp_path: Path) -> None:
        there = "https://store.example/terrace/file_1?X-Amz-Signature=x"
        wire = Wire(
            [
                httpx.Response(302, headers={"Location": there}),
                httpx.Response(200, content=SOUND),
            ]
        )
        file = result_file(hashlib.sha256(SOUND).hexdigest())
        with Tifo(KEY, HOST, network=wire.transport()) as tifo:
            assert tifo.jobs.download(file, tmp_path).read_bytes() == SOUND
        assert [request.url.host for request in wire.requests] == ["files.example", "store.example"]
        assert not any("Authorization" in request.headers for request in wire.requests)

    def test_of_one_file_twice_at_once_are_two(self, tmp_path: Path) -> None:
        file = result_file(hashlib.sha256(SOUND).hexdigest())
        others: list[Path] = []

        def while_another_comes() -> Iterator[bytes]:
            yield SOUND[:10]
            with Tifo(KEY, HOST, network=Wire([whole()]).transport()) as tifo:
                others.append(tifo.jobs.download(file, tmp_path))
            assert [each.read_bytes() for each in others] == [SOUND]
            yield SOUND[10:]

        slow = httpx.Response(200, content=while_another_comes())
        with Tifo(KEY, HOST, network=Wire([slow]).transport()) as tifo:
            assert [tifo.jobs.download(file, tmp_path)] == others
        assert [each.read_bytes() for each in tmp_path.iterdir()] == [SOUND]

    def test_is_saved_under_the_longest_name(self, tmp_path: Path) -> None:
        file = result_file(hashlib.sha256(SOUND).hexdigest())
        with Tifo(KEY, HOST, network=Wire([whole()]).transport()) as tifo:
            assert tifo.jobs.download(file, tmp_path / ("x" * 255)).read_bytes() == SOUND

    def test_keeps_nothing_of_a_damaged_file(self, tmp_path: Path) -> None:
        wire = Wire([httpx.Response(200, content=SOUND[:-1])])

        file = result_file(hashlib.sha256(SOUND).hexdigest())
        tifo = Tifo(KEY, HOST, network=wire.transport())
        with tifo, pytest.raises(TifoError, match="damaged"):
            tifo.jobs.download(file, tmp_path)
        assert list(tmp_path.iterdir()) == []

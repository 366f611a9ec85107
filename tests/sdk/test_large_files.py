"""Files that the client sends in parts, over connections that break."""

import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sdk.test_transport import HOST, KEY
from tifo_client import QuotaExceeded, Tifo, TifoError

SONG = bytes(range(250))


class Server:
    """Takes an upload as the platform does, and loses some of its answers."""

    def __init__(self, lost: int = 0) -> None:
        self.taken = b""
        self.lost = lost
        self.parts: list[int] = []
        self.spoilt = False
        self.refused: list[str] = []  # the Retry-After of answers that are yet to come

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            assert request.headers["Upload-Length"] == "250"
            return httpx.Response(201, json=self.upload())
        if request.method == "GET":
            return httpx.Response(200, json=self.upload())
        if self.refused:
            said = {"Retry-After": self.refused.pop()}
            return httpx.Response(429, json={"code": "rate-limited", "status": 429}, headers=said)
        offset = int(request.headers["Upload-Offset"])
        assert request.headers["Content-Type"] == "application/offset+octet-stream"
        if offset != len(self.taken):
            problem = {"code": "offset-conflict", "detail": "", "status": 409}
            return httpx.Response(409, json=problem)
        self.parts.append(len(request.content))
        self.taken += request.content
        if self.lost:
            self.lost -= 1
            raise httpx.ReadError("the answer was lost")
        return httpx.Response(204, headers={"Upload-Offset": str(len(self.taken))})

    def upload(self) -> dict[str, Any]:
        file = None
        if len(self.taken) == len(SONG):
            sha256 = hashlib.sha256(self.taken + b"!" * self.spoilt).hexdigest()
            file = {
                "id": "file_1", "name": "song.wav", "content_type": "audio/x-wav",
                "size_bytes": 250, "sha256": sha256, "expires_at": None, "url": "http://x/",
            }  # fmt: skip
        return {
            "id": "upl_1", "name": "song.wav", "content_type": "audio/x-wav", "purpose": "input",
            "size_bytes": 250, "offset_bytes": len(self.taken), "livemode": True, "file": file,
            "created_at": "2026-11-30T00:00:00Z", "expires_at": "2026-12-01T00:00:00Z",
            "url": "http://x/v1/uploads/upl_1",
        }  # fmt: skip


@pytest.fixture
def song(tmp_path: Path) -> Path:
    (tmp_path / "song.wav").write_bytes(SONG)
    return tmp_path / "song.wav"


def client(server: Server) -> Tifo:
    return Tifo(KEY, HOST, network=httpx.MockTransport(server))


class TestSend:
    def test_sends_all_of_a_file_in_parts(self, song: Path) -> None:
        server = Server()
        with client(server) as tifo:
            assert tifo.uploads.send(song, part_bytes=100).id == "file_1"
        assert (server.taken, server.parts) == (SONG, [100, 100, 50])

    def test_sends_no_byte_twice_when_an_answer_was_lost(self, song: Path) -> None:
        server = Server(lost=2)
        with client(server) as tifo:
            tifo.uploads.send(song, part_bytes=100)
        assert (server.taken, sum(server.parts)) == (SONG, 250)

    def test_waits_for_a_limit_and_not_for_long(
        self, song: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server, paused = Server(), list[float]()
        server.refused = ["2", "1"]
        monkeypatch.setattr("tifo_client.resources.large_files.time.sleep", paused.append)
        with client(server) as tifo:
            tifo.uploads.send(song, part_bytes=100)
            assert (server.taken, server.parts, paused) == (SONG, [100, 100, 50], [1.0, 2.0])
            server.taken, server.refused = b"", ["61"]
            with pytest.raises(QuotaExceeded):
                tifo.uploads.send(song, part_bytes=100)
        assert paused == [1.0, 2.0]

    def test_goes_on_where_another_run_stood(self, song: Path) -> None:
        server, seen = Server(), list[int]()
        server.taken = SONG[:70]
        with client(server) as tifo:
            tifo.uploads.send(
                song, upload_id="upl_1", seen=lambda upload: seen.append(upload.offset_bytes)
            )
        assert (server.taken, server.parts, seen) == (SONG, [180], [70])

    def test_of_another_file_under_the_same_upload_is_refused(self, song: Path) -> None:
        song.write_bytes(SONG + b"x")
        with client(Server()) as tifo, pytest.raises(ValueError, match="has 251 bytes"):
            tifo.uploads.send(song, upload_id="upl_1")

    def test_tells_of_damage(self, song: Path) -> None:
        server = Server()
        server.spoilt = True
        with client(server) as tifo, pytest.raises(TifoError) as damaged:
            tifo.uploads.send(song)
        assert damaged.value.code == "damaged-upload"

    def test_gives_up_where_somebody_else_sends_too(self, song: Path) -> None:
        server = Server()
        inner = server.__call__

        def contended(request: httpx.Request) -> httpx.Response:
            if request.method == "PATCH":
                return httpx.Response(409, json={"code": "offset-conflict", "status": 409})
            return inner(request)

        tifo = Tifo(KEY, HOST, network=httpx.MockTransport(contended))
        with tifo, pytest.raises(TifoError) as refused:
            tifo.uploads.send(song)
        assert refused.value.code == "offset-conflict"

    def test_in_no_parts_is_refused(self, song: Path) -> None:
        with client(Server()) as tifo, pytest.raises(ValueError, match="part_bytes"):
            tifo.uploads.send(song, part_bytes=0)


class TestAModel:
    def test_that_is_open_goes_with_none_that_was_uploaded(self, song: Path) -> None:
        with client(Server()) as tifo, song.open("rb") as file:
            sent = tifo.uploads.send(song)
            with pytest.raises(ValueError, match="give its path"):
                tifo.models.register(file, "own", "1", parts=[sent])
            with pytest.raises(ValueError, match="at most 7 others"):
                tifo.models.register(file, "own", "1", parts=[str(song)] * 8)

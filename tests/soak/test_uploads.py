"""An upload through the real platform whose web process is killed again and again meanwhile.

No client of ours: requests by hand, as any tus client sends them. What was acknowledged is there
after each kill, and the file is the one that was sent, in a folder and in a bucket.
"""

import hashlib
import json
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.conftest import MEASURED
from tests.foundation.files.seaweed import Seaweed, wanted
from tests.processes import gone
from tests.system.running import Running

pytestmark = [pytest.mark.soak, pytest.mark.system]
SIZE: Final = 24 * 1024**2
KILLS: Final = 8
PART: Final = "application/offset+octet-stream"


@pytest.fixture(params=["folder", "bucket"])
def platform(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    variables, store = {}, None
    if request.param == "bucket":
        wanted()
        store = Seaweed(tmp_path / "seaweed")
        store.start()
        bucket = store.bucket
        variables = {
            "TIFO_STORAGE": f"s3://{bucket.name}/uploads-of-the-soak",
            "TIFO_S3_ENDPOINT": bucket.endpoint,
            "TIFO_S3_REGION": bucket.region,
            "TIFO_S3_ACCESS_KEY": bucket.access_key,
            "TIFO_S3_SECRET_KEY": bucket.secret_key,
        }
    running = Running(tmp_path / "data", **variables)
    try:
        running.wait_ready(within_s=120)
        yield running
    finally:
        running.stop()
        if store is not None:
            store.kill()


class Sender:
    """Sends on whatever becomes of the connection, and knows what was acknowledged."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._key = ""
        self.lost = 0  # requests without an answer

    def sign_up(self) -> None:
        body = json.dumps({"name": "Soak", "email": "soak@terrace.example"}).encode()
        _, told = self._ask("POST", "/v1/organisations", body, {"Content-Type": "application/json"})
        self._key = json.loads(told)["live_key"]

    def send(self, content: bytes, chance: random.Random) -> dict[str, Any]:
        head, _ = self._ask("POST", "/v1/uploads", None, {"Upload-Length": str(len(content))})
        path = head["Location"].removeprefix(self._address)
        acknowledged = 0
        while acknowledged < len(content):
            part = content[acknowledged : acknowledged + chance.randrange(1, 512 * 1024)]
            said = {"Upload-Offset": str(acknowledged), "Content-Type": PART}
            try:
                head, _ = self._ask("PATCH", path, part, said, patient=False)
            except OSError:  # nobody knows whether it was taken
                self.lost += 1
                head, _ = self._ask("HEAD", path, None, {})
            offset = int(head["Upload-Offset"])
            assert offset >= acknowledged, "what was acknowledged is gone"
            acknowledged = offset
        return dict(json.loads(self._ask("GET", path, None, {})[1]))

    def fetch(self, url: str) -> bytes:
        return self._ask("GET", url.removeprefix(self._address), None, {})[1]

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str],
        *,
        patient: bool = True,
    ) -> tuple[Any, bytes]:
        """The answer's head and body; unless `patient`, OSError where none comes."""
        if self._key:
            headers = headers | {"Authorization": f"Bearer {self._key}", "Tus-Resumable": "1.0.0"}
        end = time.monotonic() + 60
        while True:
            request = urllib.request.Request(
                self._address + path, body, headers=headers, method=method
            )
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return answer.headers, answer.read()
            except urllib.error.HTTPError as refused:
                if refused.code not in {429, 502, 503}:
                    raise AssertionError(refused.read()) from refused
                time.sleep(float(refused.headers.get("Retry-After", "0.2")))
            except OSError:
                if not patient:
                    raise
                time.sleep(0.1)
            assert time.monotonic() < end, f"{method} {path} is not answered"


def kill_again_and_again(platform: Running, chance: random.Random, over: threading.Event) -> int:
    """SIGKILL for the web process at any moment, each time it serves again; how often it was."""
    killed, last = 0, 0
    while killed < KILLS and not over.wait(chance.uniform(0.2, 1.0)):
        pid = platform.pids["web"]
        if pid != last and not gone(pid):
            os.kill(pid, signal.SIGKILL)
            killed, last = killed + 1, pid
    return killed


def test_every_acknowledged_byte_survives(
    platform: Running, record_property: Callable[[str, object], None]
) -> None:
    chance, over, kills = random.Random(31), threading.Event(), list[int]()
    content = chance.randbytes(SIZE)
    sender = Sender(platform.address)
    sender.sign_up()
    killer = threading.Thread(
        target=lambda: kills.append(kill_again_and_again(platform, random.Random(7), over))
    )
    killer.start()
    try:
        told = sender.send(content, chance)
    finally:
        over.set()
        killer.join()
    assert told["file"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert sender.fetch(told["file"]["url"]) == content
    record_property(MEASURED, f"{kills[0]} kills, {sender.lost} answers lost, none of the bytes")
    assert kills[0] >= 3

"""A real S3-compatible store of the suite's own: SeaweedFS, on this machine's loopback alone."""

import json
import os
import secrets
import socket
import subprocess
import sysconfig
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from foundation.buckets import Bucket

PROGRAM: Final = Path(sysconfig.get_path("scripts")) / "weed"
PARTS: Final = ("master", "volume", "filer", "s3")
_START_S: Final = 60.0


def wanted() -> None:
    """Skip without the program, which only `make soak` installs; in CI that is a failure."""
    if PROGRAM.exists():
        return
    said = "needs a store: install requirements/soak.lock, as `make soak` does"
    if os.environ.get("CI"):
        pytest.fail(said)
    pytest.skip(said)


class Seaweed:
    """One process with all parts of a store; its data lie in `folder`, and a bucket is made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = dict(zip([*PARTS, *(f"{each}.grpc" for each in PARTS)], _free(), strict=True))
        self.bucket = Bucket(
            "terrace",
            "matches/",
            endpoint=f"http://127.0.0.1:{self._ports['s3']}",
            region="us-east-1",
            access_key=secrets.token_hex(8),
            secret_key=secrets.token_hex(16),
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        (self._folder / "data").mkdir(parents=True, exist_ok=True)
        config = self._folder / "s3.json"
        config.write_text(json.dumps({"identities": [self._identity()]}))
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "server", *self._arguments(config)],
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )
        self._wait()

    def kill(self) -> None:
        """At once, and it takes its leave of nobody; nothing where it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=30)

    def _arguments(self, config: Path) -> list[str]:
        return [
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            f"-dir={self._folder / 'data'}",
            "-filer",
            "-s3",
            f"-s3.config={config}",
            f"-s3.localSocket={self._folder / 's3.sock'}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",  # whose default a second store would find taken
            "-master.volumeSizeLimitMB=64",
            "-volume.max=32",
            *(
                f"-{part.removesuffix('.grpc')}.port{'.grpc' * part.endswith('.grpc')}={port}"
                for part, port in self._ports.items()
            ),
        ]

    def _identity(self) -> dict[str, object]:
        keys = {"accessKey": self.bucket.access_key, "secretKey": self.bucket.secret_key}
        return {"name": "tifo", "credentials": [keys], "actions": ["Admin"]}

    def _wait(self) -> None:
        """Until the bucket is there and takes bytes: the parts know of each other by then."""
        end = time.monotonic() + _START_S
        client = boto3.client(
            "s3",
            endpoint_url=self.bucket.endpoint,
            region_name=self.bucket.region,
            aws_access_key_id=self.bucket.access_key,
            aws_secret_access_key=self.bucket.secret_key,
            config=Config(connect_timeout=1, read_timeout=5, retries={"max_attempts": 0}),
        )
        while True:
            try:
                client.create_bucket(Bucket=self.bucket.name)
            except ClientError as error:
                if error.response["Error"]["Code"] not in {
                    "BucketAlreadyExists",
                    "BucketAlreadyOwnedByYou",
                }:
                    self._again(end)
                    continue
            except BotoCoreError:
                self._again(end)
                continue
            try:
                client.put_object(Bucket=self.bucket.name, Key="awake", Body=b"1")
            except (BotoCoreError, ClientError):
                self._again(end)
                continue
            return

    def _again(self, end: float) -> None:
        assert self._process is not None
        if self._process.poll() is not None or time.monotonic() > end:
            raise AssertionError((self._folder / "log").read_text()[-4_000:])
        time.sleep(0.1)


def _free() -> list[int]:
    """As many free ports as the parts have doors."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(2 * len(PARTS))]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]

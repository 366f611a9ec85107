"""A real RabbitMQ of the test's own: Debian's, as ordinary child processes, on the loopback alone.

`rabbitmq-server` on the PATH insists on being the system's service and its user; the script beneath
it does not. The Erlang port mapper is started here too, or the server would leave one behind.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
from kombu import Connection

from tests.programs import miss
from tifo.settings import brokers

SCRIPTS: Final = Path("/usr/lib/rabbitmq/lib")
READY_WITHIN_S: Final = 60.0
STOP_WITHIN_S: Final = 20.0


def wanted() -> None:
    """Skip without Debian's package; in CI that is a failure."""
    if not (SCRIPTS.is_dir() and shutil.which("epmd")):
        miss("needs Debian's rabbitmq-server")


class RabbitMQ:
    """A server in a folder, which keeps its queues over `kill` and `start`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, mapper, nodes = _free_ports(3)
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        folder.mkdir(parents=True)
        (folder / "plugins").write_text("[].\n")
        (folder / "rabbit.conf").touch()
        self._variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),  # of the cookie
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(mapper),
            "RABBITMQ_NODENAME": f"tifo{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(nodes),
            "RABBITMQ_MNESIA_BASE": str(folder / "state"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbit"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            # One scheduler, for a test is not alone; what nodes say to each other stays here too.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1"
            ),
            "RUNNING_UNDER_SYSTEMD": "true",  # then the script becomes the server: one process
        }
        self._mapper = subprocess.Popen(
            ["epmd", "-address", "127.0.0.1", "-port", str(mapper)], env=self._variables
        )
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._server is not None, "not started"
        return self._server.pid

    def start(self) -> None:
        """Returns once it takes connections."""
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(
                [self._script("rabbitmq-server")],
                env=self._variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        latest = time.monotonic() + READY_WITHIN_S
        while not self._answers():
            assert self._server.poll() is None, self.last_words()
            assert time.monotonic() < latest, self.last_words()
            time.sleep(0.05)

    def settle(self) -> None:
        """Have the platform's queues survive `kill` from the first moment on.

        RabbitMQ 3.10 writes the names of new quorum queues to its disk only some seconds later. One
        whose name is lost has no leader ever again, and whoever consumes from it hangs.
        """
        with Connection(self.url) as connection:
            channel = connection.channel()
            for queue in brokers.queues(self.url) or ():
                queue(channel).declare()
        self._end(signal.SIGTERM)
        self.start()

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """It and the port mapper, for good."""
        self._end(signal.SIGTERM)
        self._mapper.kill()
        self._mapper.wait()

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    def kinds(self) -> dict[str, str]:
        """Which queues there are, and of what kind."""
        told = subprocess.run(
            [
                self._script("rabbitmqctl"),
                "-q",
                "list_queues",
                "--no-table-headers",
                "name",
                "type",
            ],
            env=self._variables,
            check=True,
            capture_output=True,
            text=True,
        )
        pairs = (line.split("\t") for line in told.stdout.splitlines())
        return dict(pairs)

    def lose_connections(self) -> None:
        """Of all who are there, as a network does that breaks for a moment."""
        subprocess.run(
            [self._script("rabbitmqctl"), "-q", "close_all_connections", "lost"],
            env=self._variables,
            check=True,
            capture_output=True,
        )

    def last_words(self) -> str:
        return self.log.read_text()[-4_000:]

    def _script(self, name: str) -> Path:
        return next(SCRIPTS.glob(f"rabbitmq_server-*/sbin/{name}"))

    def _end(self, how: signal.Signals) -> None:
        if self._server is not None:
            self._server.send_signal(how)
            try:
                self._server.wait(STOP_WITHIN_S)
            finally:
                self._server.kill()
                self._server.wait()
                self._server = None

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
            return True
        return False


@pytest.fixture(scope="module")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """One for the module, which has what earlier tests left in its queues."""
    wanted()
    server = RabbitMQ(tmp_path_factory.mktemp("rabbitmq") / "server")
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]

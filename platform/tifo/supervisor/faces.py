"""An address of the platform: bound before anything starts, probed until it answers."""

import http.client
import socket

from tifo.supervisor.refusals import PortTaken

PROBE_TIMEOUT_S = 1.0
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read here, not bound


class Face:
    """A bound port. The web process listens on this very socket, or binds the port again itself.

    Bound early, a busy port is known before anything starts; handed down, new connections wait
    while a killed web process is healed, instead of being refused.
    """

    def __init__(self, host: str, port: int) -> None:
        """Raises PortTaken. Port 0 takes any free one."""
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host, port))
        except OSError as refused:
            self._socket.close()
            raise PortTaken(
                f"Cannot serve on {host}, port {port}: {refused.strerror}."
                " Choose another port: TIFO_PORT=<number>, or 0 for any free one."
            ) from refused
        self.port = int(self._socket.getsockname()[1])
        self.reached_at = _ANYWHERE.get(host, host)

    @property
    def fd(self) -> int:
        return self._socket.fileno()

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it, as `host:port`."""
        host = f"[{self.reached_at}]" if ":" in self.reached_at else self.reached_at
        return f"{host}:{self.port}"

    def answers(self, path: str, host_header: str) -> bool:
        """Does it answer 200 there? Blocks for a second at most."""
        line = http.client.HTTPConnection(self.reached_at, self.port, timeout=PROBE_TIMEOUT_S)
        try:
            line.request("GET", path, headers={"Host": host_header, "Connection": "close"})
            return line.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    def close(self) -> None:
        """Lets go of our copy, so that nobody waits for a server that is about to stop."""
        self._socket.close()

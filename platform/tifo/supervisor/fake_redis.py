"""The stand-in for Redis as a process: `python -m tifo.supervisor.fake_redis PORT`."""

import sys

from fakeredis import TcpFakeServer


def main(port: int) -> None:
    server = TcpFakeServer(("127.0.0.1", port))
    server.daemon_threads = True  # a blocked client must not outlive the server
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))

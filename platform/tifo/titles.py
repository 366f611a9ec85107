"""What `ps` calls the processes: `tifo web`, `tifo worker-cpu`, …"""

import os

from setproctitle import setproctitle


def title(name: str) -> str:
    """Of the process that does `name`, or whose supervisor has given it another one."""
    return f"tifo {os.environ.get('TIFO_PROCESS', name)}"


def set_title(name: str) -> None:
    """Replaces the command line, which in a fork would be the nursery's and elsewhere Python's."""
    setproctitle(title(name))

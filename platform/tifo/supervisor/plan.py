"""Which processes make a platform, in each profile, and what each of them is told."""

import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from jobs.devices import Device
from tifo.environment import Environment
from tifo.supervisor.faces import Face
from tifo.supervisor.folder import DataFolder
from tifo.supervisor.processes.nursery import Nursery
from tifo.supervisor.processes.program import Program
from tifo.supervisor.refusals import SecretsMissing

NICE = 10
MOST_CPU_WORKERS = 8
AFTER_DRAINING_S = 5.0


def secrets(environment: Environment, folder: DataFolder) -> dict[str, str]:
    """The two secrets as variables: the given ones, else (on a laptop) the folder's own.

    Raises SecretsMissing in production, where every machine must be given the same ones.
    """
    given = {
        "secret_key": environment.secret_key.get_secret_value(),
        "key_pepper": environment.key_pepper.get_secret_value(),
    }
    if not all(given.values()):
        if environment.production:
            raise SecretsMissing("Production needs TIFO_SECRET_KEY and TIFO_KEY_PEPPER.")
        given = folder.secrets() | {name: value for name, value in given.items() if value}
    return {f"TIFO_{name.upper()}": value for name, value in given.items()}


def nursery(variables: Mapping[str, str], side: Nursery) -> Program:
    file = side.theirs.fileno()
    return Program(
        name="nursery",
        command=[sys.executable, "-P", "-m", "tifo", "nursery", f"--line-fd={file}"],
        environment={**variables, "TIFO_PROCESS": "nursery"},
        files=(file,),
        before=side.forget,
        ready=side.is_ready,
    )


def migrate(variables: Mapping[str, str]) -> Program:
    return _tifo(variables, "migrate", "migrate", "--noinput", "--skip-checks", "--verbosity=0")


def web(variables: Mapping[str, str], environment: Environment, face: Face) -> Program:
    """REST and pages, and in the embedded profile the sockets too, on the face's own socket.

    Production's server binds the port itself (it opens one socket per worker process).
    """
    named = environment.hosts[0].lstrip(".*") if environment.hosts else ""
    return _tifo(
        variables,
        "web",
        "web",
        files=() if environment.production else (face.fd,),
        ready=lambda _pid: face.answers("/readyz", named or face.address),
        stop_within_s=15.0,
        # Production's ends its own workers, which it could not if it were killed.
        orphaned=signal.SIGTERM if environment.production else signal.SIGKILL,
    )


def sockets(variables: Mapping[str, str], face: Face) -> Program:
    return _tifo(
        variables,
        "sockets",
        "sockets",
        files=(face.fd,),
        ready=lambda _pid: face.answers("/livez", face.address),
        stop_within_s=15.0,
    )


def cpu_workers(processors: int) -> int:
    """One for each two: a job's arithmetic keeps more than one busy, and live answers come first.
    More than eight on one machine are the operator's to ask for."""
    return min(max(1, processors // 2), MOST_CPU_WORKERS)


def background(
    variables: Mapping[str, str],
    environment: Environment,
    devices: Sequence[Device],
    processors: int,
) -> list[Program]:
    """Beat, a worker for the housekeeping, which no long job may hold up, and the workers of the
    devices that are here. Live answers come before jobs, so these step back."""
    workers = [("control", "--control")]
    for device in devices:
        asked = f"--accelerator={device.accelerator}"
        if device.accelerator == "cpu":
            workers += [(_nth("cpu", n), asked) for n in range(cpu_workers(processors))]
        else:
            name = _nth(device.accelerator, device.number)
            workers.append((name, f"{asked} --device={device.number}"))
    drain_s = environment.drains_within_s + AFTER_DRAINING_S
    return [
        _tifo(variables, "beat", "beat", nice=NICE),
        *(
            _tifo(
                variables,
                f"worker-{name}",
                "worker",
                *asked.split(),
                nice=NICE,
                stop_within_s=drain_s,
            )
            for name, asked in workers
        ),
    ]


def _nth(name: str, number: int) -> str:
    return f"{name}-{number}" if number else name


def _tifo(
    variables: Mapping[str, str],
    name: str,
    *arguments: str,
    files: tuple[int, ...] = (),
    **more: Any,
) -> Program:
    """A `tifo` command, told of the sockets it inherits: as these numbers, or as a nursery's."""
    listen = [f"--listen-fd={file}" for file in files]
    return Program(
        name=name,
        # -P: whatever lies in the folder we were started from must not be imported.
        command=[sys.executable, "-P", "-m", "tifo", *arguments, *listen],
        arguments=arguments,
        environment={**variables, "TIFO_PROCESS": name},
        files=files,
        **more,
    )

"""Many calls in one write, for tests of many cases: the wire without a store around it."""

from collections.abc import Callable, Sequence
from typing import Any

from redis import Redis

from ratelimit.protocol.calls import Call
from ratelimit.protocol.scripts import LIBRARY

Command = Call | tuple[str, str, str]
Fly = Callable[[Redis, Sequence[Command]], list[Any]]


def by_function(client: Redis, commands: Sequence[Command]) -> list[Any]:
    """Every reply, in order."""
    return _fly(client, commands, lambda call: ("FCALL", call.function.name))


def by_script(client: Redis, commands: Sequence[Command]) -> list[Any]:
    """Every reply, in order, where scripts stand in for the functions."""
    return _fly(client, commands, lambda call: ("EVALSHA", call.function.script.sha))


def load(client: Redis) -> None:
    """Make the functions and their stand-ins known to the server."""
    client.function_load(LIBRARY.source, replace=True)
    for function in LIBRARY.functions.values():
        client.script_load(function.script.source)


def _fly(
    client: Redis, commands: Sequence[Command], started: Callable[[Call], tuple[str, str]]
) -> list[Any]:
    flight = client.pipeline(transaction=False)
    send: Callable[..., Any] = flight.execute_command
    for command in commands:
        if isinstance(command, Call):
            send(*started(command), len(command.keys), *command.keys, *command.args)
        else:
            send(*command)
    return flight.execute()

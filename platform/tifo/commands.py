"""The `tifo` command: the platform's own subcommands, and Django's for everything else."""

import gc
import importlib
import os
import sys
from collections.abc import Callable, Sequence

from pydantic import ValidationError

from tifo import __version__
from tifo.loading import end_at_once, loading
from tifo.supervisor.attach import attach, nothing_runs
from tifo.supervisor.refusals import Refusal
from tifo.titles import set_title

BAD_ENVIRONMENT = 2
# By name, so that each command loads only what it needs: `tifo up` knows no Django.
COMMANDS = {
    "up": ("tifo.supervisor.up", "main", "start everything: database, Redis, web, workers"),
    "web": ("tifo.processes.serving", "web", "only the web process"),
    "sockets": (
        "tifo.processes.serving",
        "sockets",
        "only the socket process (production profile)",
    ),
    "worker": ("tifo.processes.working", "worker", "only a worker: --accelerator=cpu, --control"),
    "beat": ("tifo.processes.working", "beat", "only the clock of the periodic tasks"),
}
INTERNAL = {
    "nursery": ("tifo.processes.nursery", "main"),
    "hand": ("tifo.processes.hands", "main"),
}
DJANGO = {
    "migrate": "bring the database up to date",
    "check": "look for mistakes; --deploy before going live",
    "prices lint": "say where a price list charges less for more",
    "statements verify": "recompute what was closed (--all), or an export's file",
    "statements close": "close a month at once, such as 2026-10; beat does it by itself",
    "reconcile": "compare statements with invoices and Stripe at once, a month or all that run",
    "jobs requeue": "put dead jobs on their queues again, by their ids",
    "createsuperuser": "make an operator, who may enter /admin/",
    "help <command>": "every other command of Django",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; its exit code. What refuses to run says why in one sentence."""
    end_at_once()
    command, *rest = list(sys.argv[1:] if arguments is None else arguments) or ["help"]
    if command in COMMANDS or "TIFO_PROCESS" in os.environ:
        set_title(command)
    try:
        return run(command, rest)
    except Refusal as refusal:
        print(f"tifo: {refusal}", file=sys.stderr)
        return refusal.exit_code
    except ValidationError as bad:
        for each in bad.errors():
            name = str(each["loc"][0]).upper()
            variable = f"TIFO_{name.removeprefix('TIFO_')}"
            print(f"tifo: the variable {variable} is wrong: {each['msg']}", file=sys.stderr)
        return BAD_ENVIRONMENT


def run(command: str, rest: Sequence[str]) -> int:
    if command in ("-V", "--version", "version"):
        print(f"tifo {__version__}")
        return 0
    if command in ("-h", "--help") or (command == "help" and not rest):
        print(overview())
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tifo.settings.base")
    if command != "up" and "TIFO_PROCESS" not in os.environ:
        attach(command, os.environ)  # a child of the supervisor has been told everything
    ours = INTERNAL | {name: where for name, (*where, _) in COMMANDS.items()}
    if command not in ours:
        return django([command, *rest])
    module, name = ours[command]
    with loading():
        entry: Callable[[Sequence[str]], int] = getattr(importlib.import_module(module), name)
    return entry(rest)


def django(arguments: Sequence[str]) -> int:
    # What a migration makes, it keeps to its end: to look for garbage took a quarter of its time.
    gc.set_threshold(50_000, 20, 100)
    management = importlib.import_module("django.core.management")
    configured = importlib.import_module("django.core.exceptions").ImproperlyConfigured
    try:
        management.execute_from_command_line(["tifo", *arguments])
    except configured as wrong:  # some commands find out that they need it as they go
        if "settings.DATABASES" not in str(wrong):
            raise
        raise nothing_runs(arguments[0]) from wrong
    return 0


def overview() -> str:
    ours = {name: about for name, (_, _, about) in COMMANDS.items()}
    listed = "\n".join(f"  tifo {name:<17} {about}" for name, about in (ours | DJANGO).items())
    return f"tifo {__version__}\n\n{listed}\n\nSettings are TIFO_… variables; see the manual."

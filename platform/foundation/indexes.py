"""Indexes built and dropped while work goes on, for migrations that are not atomic."""

from collections.abc import Callable
from typing import Any

Step = Callable[[Any, Any], None]


def drop(name: str) -> Step:
    """For `RunPython`: without a lock that anybody would wait for."""

    def step(apps: Any, editor: Any) -> None:
        editor.execute(f"DROP INDEX {_how(editor)} IF EXISTS {name}")

    return step


def create(name: str, on: str) -> Step:
    """For `RunPython`, as above; `on` is the table with what of it is indexed."""

    def step(apps: Any, editor: Any) -> None:
        editor.execute(f"CREATE INDEX {_how(editor)} {name} ON {on}")

    return step


def _how(editor: Any) -> str:
    """Within a transaction, where tests go back and forth, Postgres takes it only at once."""
    return "" if editor.connection.in_atomic_block else "CONCURRENTLY"

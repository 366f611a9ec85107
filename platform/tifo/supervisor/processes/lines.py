"""What a child says, as events: its JSON lines as they are, everything else wrapped."""

import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tifo.logs import redact

Event = dict[str, Any]
_TRACEBACK = "Traceback (most recent call last):"
_POSTGRES = re.compile(r"(DEBUG|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|HINT|DETAIL):  (.*)")
_REDIS = re.compile(r"\d+:(?:[A-Z] \d+ \w+ \d+ [\d:.]+ ([.\-*#])|signal-handler \(\d+\)) (.*)")
# What a server tells of its own daily life is for those who ask for it.
_LEVELS = {
    "NOTICE": "DEBUG",
    "LOG": "DEBUG",
    "HINT": "INFO",
    "DETAIL": "INFO",
    "FATAL": "ERROR",
    "PANIC": "CRITICAL",
    ".": "DEBUG",
    "-": "DEBUG",
    "*": "DEBUG",
}
# Redis says so at each start, and it concerns a laptop little: its log is small when it is written
# anew, which is all that it forks for here.
_OVERCOMMIT = "WARNING Memory overcommit must be enabled!"
_OVERCOMMIT_MEANS = (
    "Linux is not told to overcommit memory. If it runs short, Redis may fail to rewrite its log; "
    "a server of its own is given vm.overcommit_memory = 1"
)
_ALARMING = re.compile(r"warning|error|fail|can't|cannot", re.IGNORECASE)


def severity(said: Event) -> int:
    """Its level as the number that `logging` gives it; an unknown one counts as information."""
    return logging.getLevelNamesMapping().get(str(said.get("level")), logging.INFO)


def now_text() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event(process: str, message: str, level: str = "INFO", **more: object) -> Event:
    """An event that the supervisor itself reports, or wraps for a child that speaks no JSON."""
    said = {"ts": now_text(), "level": level, "process": process, "message": redact(message)}
    return said | more


class Lines:
    """Splits one child's output. A traceback is one event, however many lines it has."""

    def __init__(self, process: str) -> None:
        self.process = process
        self._rest = b""
        self._traceback: list[str] = []

    def feed(self, output: bytes) -> Iterator[Event]:
        *whole, self._rest = (self._rest + output).split(b"\n")
        for line in whole:
            yield from self._read(line.decode("utf-8", "replace").rstrip())

    def finish(self) -> Iterator[Event]:
        """What is left when the child has closed its output."""
        yield from self.feed(b"\n") if self._rest else ()
        yield from self._end_traceback()

    def _read(self, line: str) -> Iterator[Event]:
        if line == _TRACEBACK:
            yield from self._end_traceback()
            self._traceback = [line]
        elif self._traceback and (line.startswith(" ") or not line):
            self._traceback.append(line)
        elif self._traceback:
            self._traceback.append(line)
            yield from self._end_traceback()
        elif line:
            yield self._parse(line)

    def _end_traceback(self) -> Iterator[Event]:
        if self._traceback:
            whole, self._traceback = "\n".join(self._traceback), []
            last = whole.rstrip().rpartition("\n")[2]
            yield event(self.process, last, "ERROR", exception=redact(whole))

    def _parse(self, line: str) -> Event:
        if line.startswith("{"):
            said = _json(line)
            if "message" in said:
                return {"ts": now_text(), "level": "INFO", **said, "process": self.process}
        if found := _POSTGRES.fullmatch(line):
            return event(self.process, found[2], _LEVELS.get(found[1], found[1]))
        if found := _REDIS.fullmatch(line):
            if found[2].startswith(_OVERCOMMIT):
                return event(self.process, _OVERCOMMIT_MEANS)
            # Redis marks its greeting and its gravest errors with the same sign.
            loud = "WARNING" if _ALARMING.search(found[2]) else "DEBUG"
            return event(self.process, found[2], _LEVELS.get(found[1], loud))
        return event(self.process, line)


def _json(line: str) -> Event:
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}

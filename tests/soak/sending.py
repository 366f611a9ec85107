"""Clients that send until they are answered, and keep what they were told."""

import http.client
import json
import queue
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from tests.soak.plan import Batch, Told, Unfit

CLIENTS: Final = 4
PAUSE_S: Final = 0.3
PATIENCE_S: Final = 120.0
TRY_AGAIN: Final = {408, 425, 429, 500, 502, 503, 504}
DIALECT: Final = "application/json"


@dataclass
class Answered:
    """What became of one event: `late` is None until an answer has said it."""

    told: Told
    taken: bool = False
    late: bool | None = None
    accepted: int = 0
    first_sent: float = 0.0
    last_answered: float = 0.0


@dataclass
class Sight:
    """When a user was first told in the short form: before the call went out, and when it came."""

    sent: datetime
    answered: datetime


Whose = tuple[str, bool]  # a team, and whether by its live key


@dataclass
class Journal:
    """All that the senders know; the only thing that the recount is made of."""

    events: dict[Whose, dict[str, Answered]] = field(default_factory=dict)
    sights: dict[Whose, dict[str, Sight]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    retries: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note_users(self, batch: Batch, sent: datetime, answered: datetime) -> None:
        with self.lock:
            self._count(batch)
            known = self.sights.setdefault((batch.team, batch.live), {})
            for user in batch.users:
                known.setdefault(user, Sight(sent, answered))

    def note_events(
        self, batch: Batch, results: Sequence[Mapping[str, Any]], sent: float, answered: float
    ) -> None:
        assert len(results) == len(batch.items)
        with self.lock:
            self._count(batch)
            known = self.events.setdefault((batch.team, batch.live), {})
            for item, said in zip(batch.items, results, strict=True):
                self.answers[said["result"]] += 1
                if isinstance(item, Unfit):
                    assert said["result"] == item.result, (item, said)
                else:
                    own = known.setdefault(item.id, Answered(item, first_sent=sent))
                    _learn(own, said, answered)

    def _count(self, batch: Batch) -> None:
        self.calls += 1
        self.sent += batch.size


def _learn(own: Answered, said: Mapping[str, Any], answered: float) -> None:
    if said["result"] == "rejected":
        assert said["reason"] == "mau-limit-reached", said
        assert not own.taken, f"{own.told.id} was taken, and then refused"
        return
    assert said["result"] in {"accepted", "duplicate"}, said
    own.taken, own.last_answered = True, own.last_answered or answered
    if said["result"] == "accepted":
        own.accepted += 1
        own.late = bool(said["late"])


def send_all(
    batches: Sequence[Batch], address: str, keys: Mapping[Whose, str], journal: Journal
) -> None:
    """Send them from several clients at once; returns when each was answered."""
    waiting: queue.SimpleQueue[Batch] = queue.SimpleQueue()
    for batch in batches:
        waiting.put(batch)
    broken: list[BaseException] = []

    def work() -> None:
        client = Client(address, journal)
        try:
            while not broken:
                batch = waiting.get_nowait()
                client.send(batch, keys[batch.team, batch.live])
        except queue.Empty:
            pass
        except BaseException as error:  # noqa: BLE001  (raised below, in the thread that waits)
            broken.append(error)
        finally:
            client.close()

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if broken:
        raise broken[0]


class Client:
    """One connection at a time. What was not answered is sent again, byte for byte."""

    def __init__(self, address: str, journal: Journal) -> None:
        self._address = address.removeprefix("http://")
        self._journal = journal
        self._connection: http.client.HTTPConnection | None = None

    def send(self, batch: Batch, key: str) -> None:
        body = json.dumps(batch.body()).encode()
        sent, sent_at = time.monotonic(), datetime.now(UTC)
        while True:
            status, answer, wait_s = self._ask(body, key)
            if status == 202:
                break
            assert status in TRY_AGAIN or not status, (batch.team, status, answer[:400])
            self._journal.retries[str(status or "no answer")] += 1
            assert time.monotonic() - sent < PATIENCE_S, (status, answer[:400])
            time.sleep(wait_s)
        if batch.users:
            assert json.loads(answer)["accepted"] == len(set(batch.users))
            self._journal.note_users(batch, sent_at, datetime.now(UTC))
        else:
            results = json.loads(answer)["results"]
            self._journal.note_events(batch, results, sent, time.monotonic())

    def _ask(self, body: bytes, key: str) -> tuple[int, bytes, float]:
        """Status (0: no answer), body, and how long to wait before the next try."""
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self._address, timeout=30)
            headers = {"Authorization": f"Bearer {key}", "Content-Type": DIALECT}
            self._connection.request("POST", "/v1/usage/events", body, headers)
            with self._connection.getresponse() as answer:
                pause = float(answer.headers.get("Retry-After", 0)) or PAUSE_S
                return answer.status, answer.read(), min(pause, 2.0)
        except (OSError, http.client.HTTPException):
            self.close()
            return 0, b"", PAUSE_S

    def close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None

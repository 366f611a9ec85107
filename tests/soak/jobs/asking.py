"""Who asks for jobs over HTTP until each is acknowledged, stops some, and keeps the books."""

import heapq
import http.client
import json
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final

from tests.soak.jobs.plan import EFFECT, TEAMS, TRACK, Asked, Books, sound

CLIENTS: Final = 6
PAUSE_S: Final = 0.2
PATIENCE_S: Final = 120.0
_LOOK_S: Final = 0.05
TRY_AGAIN: Final = {408, 425, 429, 500, 502, 503, 504}
IN_FLIGHT: Final = "idempotency-in-flight"


class Caller:
    """One connection at a time. What was not answered is asked again, byte for byte."""

    def __init__(self, address: str, retries: Counter[str]) -> None:
        self._address = address.removeprefix("http://")
        self._retries = retries
        self._connection: http.client.HTTPConnection | None = None

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        tried: Callable[[], None] = lambda: None,
    ) -> tuple[int, Any, bool]:
        """Status, document, and whether the call was admitted without Redis."""
        latest = time.monotonic() + PATIENCE_S
        while True:
            tried()
            status, told, head = self._once(method, path, body, headers or {})
            again = status in TRY_AGAIN or not status
            if not again and not (status == 409 and told["code"] == IN_FLIGHT):
                return status, told, "Tifo-Degraded" in head
            self._retries[str(status or "no answer")] += 1
            assert time.monotonic() < latest, (method, path, status, told)
            time.sleep(min(float(head.get("Retry-After", PAUSE_S)), 2.0))

    def _once(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, Any, Any]:
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self._address, timeout=30)
            self._connection.request(method, path, body, headers)
            with self._connection.getresponse() as answer:
                said = answer.read()
                return answer.status, json.loads(said) if said else None, answer.headers
        except (OSError, http.client.HTTPException):
            self.close()
            return 0, None, {}

    def close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None


class Crowd:
    """Organisations and those who ask for them.

    `gate` says how many may have been asked for by now, `begun` which of some jobs have been begun.
    """

    def __init__(
        self,
        address: str,
        books: Books,
        gate: Callable[[], int],
        begun: Callable[[Sequence[str]], Collection[str]],
    ) -> None:
        self._address, self._books, self._gate, self._begun = address, books, gate, begun
        self._waiting: queue.SimpleQueue[Asked] = queue.SimpleQueue()
        self._to_cancel: queue.SimpleQueue[tuple[Asked, float]] = queue.SimpleQueue()
        self._over = threading.Event()
        self.broken: list[BaseException] = []

    def sign_up(self) -> None:
        caller = self._caller()
        for team, (tier, _) in TEAMS.items():
            said = {"name": team, "email": f"{team.lower()}@soak.example"}
            _, made, _ = caller.ask("POST", "/v1/organisations", _json(said), _JSON)
            self._books.keys[team], self._books.organisations[team] = made["live_key"], made["id"]
            own = self._own(team)
            status, told, _ = caller.ask(
                "PATCH", "/v1/organisation", _json({"tier": tier}), {**_JSON, **own}
            )
            assert status == 200, told
            kind, body = _form("clip.wav", sound(0), {})
            status, told, _ = caller.ask("POST", "/v1/clips", body, {"Content-Type": kind, **own})
            assert status == 201, told
            self._books.clips[team] = told["id"]
        caller.close()

    def ask_for_all(self) -> None:
        """Returns when each is acknowledged, and each cancel is answered."""
        for each in self._books.asked:
            self._waiting.put(each)
        clients = [
            threading.Thread(target=self._guarded, args=(self._ask,), daemon=True)
            for _ in range(CLIENTS)
        ]
        stopper = threading.Thread(target=self._guarded, args=(self._cancel,), daemon=True)
        for thread in (*clients, stopper):
            thread.start()
        for thread in clients:
            thread.join()
        self._over.set()
        stopper.join()
        if self.broken:
            raise self.broken[0]

    def _guarded(self, work: Callable[[Caller], None]) -> None:
        caller = self._caller()
        try:
            work(caller)
        except BaseException as error:  # noqa: BLE001  (raised in the thread that waits)
            self.broken.append(error)
        finally:
            caller.close()

    def _own(self, team: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._books.keys[team]}"}

    def _caller(self) -> Caller:
        return Caller(self._address, self._books.retries)

    def _ask(self, caller: Caller) -> None:
        while not self.broken:
            try:
                asked = self._waiting.get_nowait()
            except queue.Empty:
                return
            while asked.number > self._gate() and not self.broken:
                time.sleep(0.05)
            self._request(caller, asked)
            if asked.cancel_after_s is not None:
                self._to_cancel.put((asked, time.monotonic()))

    def _request(self, caller: Caller, asked: Asked) -> None:
        path, kind, body = self._call(asked)

        def tried() -> None:
            asked.tries += 1

        status, told, asked.degraded = caller.ask(
            "POST",
            path,
            body,
            {
                "Content-Type": kind,
                "Idempotency-Key": f"soak-{asked.number}",
                **self._own(asked.team),
            },
            tried,
        )
        assert status in (201, 202), (asked, status, told)
        asked.job = told["job"]

    def _call(self, asked: Asked) -> tuple[str, str, bytes]:
        said: dict[str, Any] = {"priority": asked.priority}
        if asked.deadline_s is not None:
            said["deadline_s"] = asked.deadline_s
        if asked.kind == TRACK:
            return "/v1/tracks", *_form("track.wav", sound(asked.number), said)
        if asked.kind == EFFECT:
            path, clip = "/v1/effects", self._books.clips[asked.team]
            said |= {"kind": "chain", "name": "stadium", "accelerator": "cpu", "clip": clip}
        else:
            path, payload = "/soak/jobs", {"number": asked.number, "seconds": asked.seconds}
            said |= {"kind": asked.kind, "payload": payload}
        return path, "application/json", _json(said)

    def _cancel(self, caller: Caller) -> None:
        for asked in self._due():
            own = self._own(asked.team)
            status, told, _ = caller.ask("POST", f"/v1/jobs/{asked.job}/cancel", headers=own)
            if status == 409:
                assert told["code"] == "job-finished", told
            else:
                assert status == 200, (asked, status, told)
            asked.cancelled = told["state"] if status == 200 else "too late"

    def _due(self) -> Iterator[Asked]:
        """Whatever is to be cancelled, when it is time."""
        waiting: dict[str, Asked] = {}
        due: list[tuple[float, int]] = []
        while not self.broken:
            last = self._over.is_set()  # before the queue is looked at, or one could come between
            while not self._to_cancel.empty():
                asked, since = self._to_cancel.get()
                if asked.once_it_runs:
                    waiting[asked.job] = asked
                else:
                    self._put(due, asked, since)
            for job in self._begun(list(waiting)) if waiting else []:
                self._put(due, waiting.pop(job), time.monotonic())
            while due and due[0][0] <= time.monotonic():
                yield self._books.asked[heapq.heappop(due)[1]]
            if last and not waiting and not due:
                return
            time.sleep(_LOOK_S)

    @staticmethod
    def _put(due: list[tuple[float, int]], asked: Asked, since: float) -> None:
        assert asked.cancel_after_s is not None
        heapq.heappush(due, (since + asked.cancel_after_s, asked.number))


_JSON: Final = {"Content-Type": "application/json"}


def _json(said: Any) -> bytes:
    return json.dumps(said).encode()


def _form(name: str, content: bytes, said: dict[str, Any]) -> tuple[str, bytes]:
    line, part = "soak-0123456789", "Content-Disposition: form-data; name"
    texts = [f'--{line}\r\n{part}="{each}"\r\n\r\n{value}\r\n' for each, value in said.items()]
    head = f'--{line}\r\n{part}="file"; filename="{name}"\r\nContent-Type: audio/wav\r\n\r\n'
    body = "".join([*texts, head]).encode() + content + f"\r\n--{line}--\r\n".encode()
    return f"multipart/form-data; boundary={line}", body

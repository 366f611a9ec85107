"""Signed deliveries of events: at once, or late, twice and out of order."""

import hashlib
import hmac
import json
import queue
import random
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from typing import Any

from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire.shapes import Object

ENDPOINTS = {"event": "webhook_endpoint", "v2.core.event": "v2.core.event_destination"}
ANSWER_WITHIN_S = 10.0
# Stripe tries for three days, ever more slowly; here the wait before each further attempt, seconds.
AGAIN_AFTER_S = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


@dataclass
class Delivery:
    event: str
    type: str
    endpoint: str
    url: str
    secret: str
    attempts: int = 0
    status: int = 0
    """The last answer; 0 when there was none."""

    @property
    def done(self) -> bool:
        return 200 <= self.status < 300


class Courier:
    """Delivers in a thread of its own, in the order of the events unless it is told otherwise."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.sent: list[Delivery] = []
        self.held: list[Delivery] = []
        self.holding = False
        self.copies = 1
        self._queue: queue.Queue[Delivery | None] = queue.Queue()
        self._pending = 0
        self._idle = threading.Condition()
        self._timers: set[threading.Timer] = set()
        self._thread = threading.Thread(target=self._run, name="stripe-courier", daemon=True)
        self._thread.start()

    def notify(self, event: Object) -> None:
        """Under the account's lock, in the call that made the event."""
        for endpoint in self._account.all(ENDPOINTS[event["object"]]):
            wanted = endpoint["enabled_events"]
            if endpoint["status"] == "enabled" and ("*" in wanted or event["type"] in wanted):
                if "pending_webhooks" in event:
                    event["pending_webhooks"] += 1
                hidden = self._account.hide(endpoint["id"])
                url, secret = hidden.get("url") or endpoint["url"], hidden["secret"]
                self._add(Delivery(event["id"], event["type"], endpoint["id"], url, secret))

    def _body(self, delivery: Delivery) -> bytes:
        """A thin event goes without its data, which is fetched."""
        with self._account.lock:
            shown = self._account.rendered(self._account.any(delivery.event) or {})
        if shown["object"] == "v2.core.event":
            del shown["data"]
        return json.dumps(shown, indent=2).encode()

    def _add(self, delivery: Delivery) -> None:
        if self.holding:
            self.held.append(delivery)
        else:
            for _ in range(self.copies):
                self._put(delivery)

    def _put(self, delivery: Delivery) -> None:
        with self._idle:
            self._pending += 1
        self._queue.put(replace(delivery, attempts=0, status=0))

    def hold(self) -> None:
        """From now on nothing is delivered until `release`."""
        self.holding = True

    def release(
        self, order: str = "as made", copies: int = 1, seed: int = 0, keep_holding: bool = False
    ) -> int:
        """Delivers what was held, `copies` times each; order: as made, reversed or shuffled."""
        with self._account.lock:
            held, self.held, self.holding = self.held, [], keep_holding
        held = [each for each in held for _ in range(copies)]
        if order == "reversed":
            held.reverse()
        elif order == "shuffled":
            random.Random(seed).shuffle(held)
        elif order != "as made":
            raise ValueError(f"no such order: {order}")
        for each in held:
            self._put(each)
        return len(held)

    def again(self, event: str) -> int:
        """Delivers an event once more to each endpoint that had it."""
        had = {d.endpoint: d for d in self.sent if d.event == event}
        for each in had.values():
            self._put(each)
        return len(had)

    def wait(self, within_s: float = 10.0) -> bool:
        """Until everything that is not held was answered with 2xx, or was given up."""
        with self._idle:
            return self._idle.wait_for(lambda: self._pending == 0, within_s)

    def close(self) -> None:
        for timer in list(self._timers):
            timer.cancel()
        self._queue.put(None)
        self._thread.join(ANSWER_WITHIN_S + 1)

    def _run(self) -> None:
        while (delivery := self._queue.get()) is not None:
            self._attempt(delivery)

    def _attempt(self, delivery: Delivery) -> None:
        stamp = self._account.clock.now()
        body = self._body(delivery)
        headers = {"Stripe-Signature": signature(body, delivery.secret, stamp)}
        delivery.status = post(delivery.url, body, headers)
        delivery.attempts += 1
        self.sent.append(replace(delivery))
        if delivery.done:
            self._delivered(delivery)
        elif delivery.attempts <= len(AGAIN_AFTER_S):
            self._later(delivery, AGAIN_AFTER_S[delivery.attempts - 1])
            return
        with self._idle:
            self._pending -= 1
            self._idle.notify_all()

    def _delivered(self, delivery: Delivery) -> None:
        with self._account.lock:
            event = self._account.any(delivery.event)
            if event and event.get("pending_webhooks"):
                event["pending_webhooks"] -= 1

    def _later(self, delivery: Delivery, after_s: float) -> None:
        timer = threading.Timer(after_s, self._queue.put, (delivery,))
        timer.daemon = True
        self._timers = {each for each in self._timers if each.is_alive()} | {timer}
        timer.start()


def signature(body: bytes, secret: str, at: int | None = None) -> str:
    """The header of a delivery: HMAC-SHA-256 over `t.body`."""
    at = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of the answer, 0 without one."""
    sent: dict[str, Any] = {"Content-Type": "application/json; charset=utf-8"} | headers
    request = urllib.request.Request(url, body, sent, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
    except OSError:
        return 0

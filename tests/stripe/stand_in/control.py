"""What a test, a demo or a soak does to the stand-in: in its process, or by POST /_control/…"""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from tests.stripe.stand_in.billing import calendar, thin
from tests.stripe.stand_in.customers import checkout, endpoints
from tests.stripe.stand_in.payments import disputes, refunds
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.state.webhooks import Courier, post, signature
from tests.stripe.stand_in.wire.door import Door, Request, Response
from tests.stripe.stand_in.wire.faults import Fault, Planned
from tests.stripe.stand_in.wire.refusals import StripeRefusal
from tests.stripe.stand_in.wire.shapes import Object


class Control:
    """Every public method is a control call of that name; what it returns goes over as JSON."""

    def __init__(self, account: Account, door: Door, courier: Courier) -> None:
        self._account = account
        self._door = door
        self._courier = courier

    def fault(self, fault: str, **when: Any) -> None:
        """Plans a fault: method, path (with `*`), times, skip, chance, seconds. See faults.py."""
        self._door.faults.plan(Planned(Fault(fault), **when))

    def heal(self) -> None:
        """No fault is planned any more."""
        self._door.faults.clear()

    def advance(self, seconds: int) -> int:
        """Moves the account's time forward, with all that the calendar brings; the time now."""
        with self._account.lock:
            self._account.clock.advance(seconds)
            self.tick()
            return self._account.clock.now()

    def tick(self) -> None:
        """What is due by now is done."""
        with self._account.lock:
            calendar.run(self._account)

    def set(self, **settings: Any) -> None:
        """Changes the account's settings: see `Settings`."""
        with self._account.lock:
            for name, value in settings.items():
                if not hasattr(self._account.settings, name):
                    raise ValueError(f"no such setting: {name}")
                setattr(self._account.settings, name, value)

    def complete_checkout(
        self,
        session: str,
        payment_method: str = "pm_card_visa",
        place: dict[str, str] | None = None,
    ) -> Object:
        """What a person does on Checkout's page; the address counts if the session asked for it."""
        with self._account.lock:
            return checkout.complete(self._account, session, payment_method, place)

    def dispute(
        self, charge: str, reason: str = "fraudulent", status: str = "needs_response"
    ) -> Object:
        with self._account.lock:
            found = self._account.get("charge", charge)
            return self._account.rendered(disputes.make(self._account, found, reason, status))

    def end_dispute(self, dispute: str, won: bool) -> None:
        with self._account.lock:
            disputes.end(self._account, self._account.get("dispute", dispute), won=won)

    def fail_refund(self, refund: str) -> None:
        with self._account.lock:
            refunds.fail(self._account, self._account.get("refund", refund))

    def listen(self, url: str, secret: str, events: list[str] | None = None) -> str:
        """A webhook endpoint with a secret of one's own, as `stripe listen` has it."""
        with self._account.lock:
            return str(endpoints.make(self._account, url, events or ["*"], secret)["id"])

    def listen_thin(self, url: str, secret: str, events: list[str] | None = None) -> str:
        """A destination of thin events, such as those of a meter's errors."""
        with self._account.lock:
            return str(thin.make(self._account, url, events or ["*"], secret)["id"])

    def hold_webhooks(self) -> None:
        self._courier.hold()

    def release_webhooks(self, **how: Any) -> int:
        """order: as made, reversed, shuffled; copies; seed; keep_holding."""
        return self._courier.release(**how)

    def repeat_webhooks(self, copies: int) -> None:
        """From now on every event is delivered so many times."""
        self._courier.copies = copies

    def deliver_again(self, event: str) -> int:
        return self._courier.again(event)

    def wait_for_webhooks(self, within_s: float = 10.0) -> bool:
        return self._courier.wait(within_s)

    def deliveries(self) -> list[dict[str, Any]]:
        """What was sent: event, type, url, status, attempts; never the secret."""
        names = ("event", "type", "url", "status", "attempts")
        return [{name: getattr(each, name) for name in names} for each in self._courier.sent]

    def forge(self, url: str, event: str, secret: str, at: int | None = None) -> int:
        """Sends an event signed with any secret, at any time; the status of the answer.

        It is one that happened here, by its id: what is told can be read over the API.
        """
        if not isinstance(event, str):
            raise ValueError("event is the id of an event of this account, as in evt_…")
        with self._account.lock:
            body = json.dumps(self._account.rendered(self._account.get("event", event))).encode()
        at = self._account.clock.now() if at is None else at
        return post(url, body, {"Stripe-Signature": signature(body, secret, at)})

    def objects(self, kind: str) -> list[Object]:
        """Everything of a kind, from the oldest to the newest."""
        with self._account.lock:
            return [self._account.rendered(each) for each in self._account.all(kind)]

    def calls(self) -> list[dict[str, Any]]:
        """What was called: method, path, key, status (0: no answer), replayed, fault."""
        return [asdict(each) for each in list(self._door.seen)]


class ControlPage:
    """`POST /_control/<method>` with its arguments as a JSON object."""

    def __init__(self, control: Control, reset: Callable[[], None]) -> None:
        self._control = control
        self._reset = reset

    def __call__(self, request: Request) -> Response | None:
        name = request.path.removeprefix("/_control/")
        if name == request.path:
            return None
        act = self._reset if name == "reset" else getattr(self._control, name, None)
        if act is None or name.startswith("_") or request.method != "POST":
            return Response(404, b'{"error": "no such control call"}')
        try:
            answer = act(**json.loads(request.body or b"{}"))
        except StripeRefusal as refused:
            return Response(refused.status, json.dumps(refused.body).encode())
        except (TypeError, ValueError) as wrong:
            return Response(400, json.dumps({"error": str(wrong)}).encode())
        return Response(200, json.dumps(answer).encode())

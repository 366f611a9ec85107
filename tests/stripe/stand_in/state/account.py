"""One Stripe account: its objects by id, its settings, its time. All of it in memory."""

import copy
import json
import random
import string
import threading
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import stripe

from tests.stripe.stand_in.state.clock import Clock
from tests.stripe.stand_in.state.idempotency import Keys
from tests.stripe.stand_in.wire.refusals import ResourceMissing
from tests.stripe.stand_in.wire.shapes import Object, shape

PREFIXES = {
    "customer": "cus",
    "invoice": "in",
    "invoiceitem": "ii",
    "line_item": "il",
    "invoice_payment": "inpay",
    "payment_intent": "pi",
    "charge": "ch",
    "refund": "re",
    "dispute": "du",
    "credit_note": "cn",
    "credit_note_line_item": "cnli",
    "customer_balance_transaction": "cbtxn",
    "payment_method": "pm",
    "setup_intent": "seti",
    "checkout.session": "cs_test",
    "billing_portal.session": "bps",
    "event": "evt",
    "webhook_endpoint": "we",
    "v2.core.event_destination": "ed_test",
    "v2.core.event": "evt_test",
    "billing.meter": "mtr_test",
    "billing.meter_event_summary": "mtrusg_test",
    "price": "price",
    "product": "prod",
    "subscription": "sub",
    "subscription_item": "si",
    "tax_rate": "txr",
    "test_helpers.test_clock": "clock",
}
SEARCHED = ("customer", "invoice")
Rendering = Callable[["Account", Object], Object]


@dataclass
class Settings:
    """What a test may turn: see README.md."""

    api_key: str = "sk_test_tifoStandIn"
    default_currency: str = "usd"
    search_lag_s: int = 60
    meter_lag_s: int = 0
    meter_errors_at_once: bool = True
    """A time out of bounds refuses the call; else it is told of later, as all other errors are."""
    tax_percent: dict[str, str] = field(default_factory=dict)
    """By the customer's country: `{"DE": "19"}`; elsewhere no tax is collected."""
    meter_grace_s: int = 3600
    """How long a subscription's invoice stays a draft."""


@dataclass(frozen=True)
class Origin:
    """The request that an event tells of."""

    id: str | None = None
    idempotency_key: str | None = None


def pack(data: Object) -> bytes:
    """Events are many and keep the whole object: a soak makes hundreds of thousands."""
    return zlib.compress(json.dumps(data).encode(), 1)


def unpacked(account: "Account", event: Object) -> Object:
    return event | {"data": json.loads(zlib.decompress(event["data"]))}


class Account:
    """Everything here is guarded by `lock`, which the door holds for the length of a call."""

    def __init__(self, settings: Settings | None = None, seed: int | None = None) -> None:
        self.lock = threading.RLock()
        self.settings = settings or Settings()
        self.clock = Clock()
        self.keys = Keys(self.clock)
        self.origin = Origin()
        self.base = "http://127.0.0.1"
        self.notified: Callable[[Object], None] = lambda event: None
        self.renderings: dict[str, Rendering] = {"event": unpacked, "v2.core.event": unpacked}
        self.hidden: dict[str, dict[str, Any]] = {}
        self._random = random.Random(seed)
        self._by_id: dict[str, Object] = {}
        self._by_kind: dict[str, dict[str, Object]] = {}
        self._by_owner: dict[tuple[str, str], dict[str, Object]] = {}

    def new_id(self, kind: str, length: int = 24) -> str:
        letters = self._random.choices(string.ascii_letters + string.digits, k=length)
        return f"{PREFIXES.get(kind, kind)}_{''.join(letters)}"

    def make(self, kind: str, /, **fields: Any) -> Object:
        """A new object of the kind, kept under an id of its own."""
        fields.setdefault("id", self.new_id(kind, 14 if kind in ("customer", "product") else 24))
        return self.keep(shape(kind, **fields))

    def keep(self, made: Object) -> Object:
        if made["object"] in SEARCHED:
            self.hide(made["id"])["indexed_at"] = self.clock.now()
        self._by_id[made["id"]] = made
        self._by_kind.setdefault(made["object"], {})[made["id"]] = made
        self._of_its_owner(made)[made["id"]] = made
        return made

    def _of_its_owner(self, made: Object) -> dict[str, Object]:
        return self._by_owner.setdefault((made["object"], str(made.get("customer"))), {})

    def drop(self, gone: Object) -> None:
        del self._by_id[gone["id"]]
        del self._by_kind[gone["object"]][gone["id"]]
        self._of_its_owner(gone).pop(gone["id"], None)

    def find(self, kind: str, object_id: str | None) -> Object | None:
        return self._by_kind.get(kind, {}).get(object_id or "")

    def get(self, kind: str, object_id: str, param: str | None = None) -> Object:
        """As the path names it (404), or as the parameter of that name does (400)."""
        found = self.find(kind, object_id)
        if found is None:
            raise ResourceMissing(kind, object_id, param or "id", status=400 if param else 404)
        return found

    def any(self, object_id: str) -> Object | None:
        return self._by_id.get(object_id)

    def all(self, kind: str) -> Iterable[Object]:
        """From the oldest to the newest."""
        return list(self._by_kind.get(kind, {}).values())

    def all_of(self, kind: str, customer: str) -> Iterable[Object]:
        """Those that were made for a customer; a card gets its owner later, so not cards."""
        return list(self._by_owner.get((kind, customer), {}).values())

    def hide(self, object_id: str) -> dict[str, Any]:
        """What the stand-in knows of an object beyond its fields."""
        return self.hidden.setdefault(object_id, {})

    def now(self, owner: Object | None = None) -> int:
        """The time of an object's test clock, if it has one; else the account's."""
        clock = self.find("test_helpers.test_clock", (owner or {}).get("test_clock"))
        return int(clock["frozen_time"]) if clock else self.clock.now()

    def rendered(self, found: Object) -> Object:
        """As it goes over the wire, in a copy."""
        render = self.renderings.get(found["object"])
        return render(self, copy.deepcopy(found)) if render else copy.deepcopy(found)

    def tell(self, happened: str, about: Object, before: Object | None = None) -> Object:
        """An event with the object as it is now; `before` are the values that it had."""
        data: Object = {"object": self.rendered(about)}
        if before is not None:
            data["previous_attributes"] = before
        event = self.make(
            "event",
            type=happened,
            created=self.now(about),
            data=pack(data),
            api_version=stripe.api_version,
            pending_webhooks=0,
            request={"id": self.origin.id, "idempotency_key": self.origin.idempotency_key},
        )
        self.notified(event)
        return event

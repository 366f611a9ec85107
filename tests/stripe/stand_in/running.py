"""Starting the stand-in: in this process, on a free port of loopback."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import stripe

from tests.stripe.stand_in import operations
from tests.stripe.stand_in.control import Control, ControlPage
from tests.stripe.stand_in.pages import Pages
from tests.stripe.stand_in.state.account import Account, Settings
from tests.stripe.stand_in.state.webhooks import Courier
from tests.stripe.stand_in.wire.door import Door
from tests.stripe.stand_in.wire.server import Server


class StandIn:
    """A running stand-in. `control` is what a test does to it; `account` is its state."""

    account: Account
    control: Control
    door: Door

    def __init__(self, port: int = 0, api_key: str | None = None) -> None:
        self.api_key = api_key or Settings().api_key
        self._courier: Courier | None = None
        self._server = Server(port, Door(Account()), [])
        self.reset()
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.005},  # so long its end is waited for, by every test
            name="stripe-stand-in",
            daemon=True,
        )
        self._thread.start()

    @property
    def url(self) -> str:
        return self._server.url

    def reset(self) -> None:
        """An empty account on the same address, with no fault planned and nothing to deliver."""
        if self._courier:
            self._courier.close()
        self.account = Account(Settings(api_key=self.api_key))
        self.account.base = self.url
        self.account.renderings |= operations.RENDERINGS
        self._courier = Courier(self.account)
        self.account.notified = self._courier.notify
        self.door = self._server.door = Door(self.account)
        self.control = Control(self.account, self.door, self._courier)
        self._server.pages = [ControlPage(self.control, self.reset), Pages(self.account)]

    def client(self, max_network_retries: int = 0) -> stripe.StripeClient:
        """Stripe's own client, talking to the stand-in."""
        return stripe.StripeClient(
            self.api_key,
            base_addresses={"api": self.url, "meter_events": self.url},
            max_network_retries=max_network_retries,
        )

    def close(self) -> None:
        if self._courier:
            self._courier.close()
        self._server.close()
        self._thread.join()


@contextmanager
def running(port: int = 0, api_key: str | None = None) -> Iterator[StandIn]:
    stand_in = StandIn(port, api_key)
    try:
        yield stand_in
    finally:
        stand_in.close()

"""A sandbox's collector: payments are played, by its own clock, and no money moves."""

from typing import Final

from billing.collectors.manual import ManualCollector, held
from billing.collectors.protocol import Ask, Declined, Held, Status

PAYS: Final = "pm_sandbox_pays"
DECLINES: Final = "pm_sandbox_declines"


class SandboxCollector(ManualCollector):
    """Every invoice is paid at once, but by the payment method that declines."""

    def collect(self, ask: Ask) -> Held:
        if ask.payer.payment_method_id == DECLINES:
            raise Declined("The sandbox's payment method is one that declines.")
        return held(ask, Status.PAID)

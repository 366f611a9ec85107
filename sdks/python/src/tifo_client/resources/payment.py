"""How the organisation pays, and the pages where a payment method is entered."""

from tifo_client._gen.api.billing import get_billing, open_billing_portal, set_up_payment
from tifo_client._gen.models.billing_account import BillingAccount
from tifo_client._gen.models.open_portal_request import OpenPortalRequest
from tifo_client._gen.models.payment_setup import PaymentSetup
from tifo_client._gen.models.portal_link import PortalLink
from tifo_client._gen.models.set_up_payment_by import SetUpPaymentBy
from tifo_client._gen.models.set_up_payment_request import SetUpPaymentRequest
from tifo_client.answers import given, take
from tifo_client.resources import Resource


class BillingResource(Resource):
    def get(self) -> BillingAccount:
        """Terms, standing, the payment method on file, and what is owed; not for a test key, but a
        sandbox's own.
        """
        return take(get_billing.sync_detailed(client=self._core))

    def set_up(
        self, *, by: SetUpPaymentBy | None = None, return_url: str | None = None
    ) -> PaymentSetup:
        """Begin to put a payment method on file.

        By "checkout", a page of Stripe's at `url`, which leads back to `return_url`; or by "form",
        Stripe's form on a page of your own, with `client_secret`.
        """
        asked = SetUpPaymentRequest(given(by), given(return_url))
        return take(set_up_payment.sync_detailed(client=self._core, body=asked))

    def portal(self, *, return_url: str | None = None) -> PortalLink:
        """A page of Stripe's with payment methods and invoices, good for some minutes."""
        asked = OpenPortalRequest(given(return_url))
        return take(open_billing_portal.sync_detailed(client=self._core, body=asked))

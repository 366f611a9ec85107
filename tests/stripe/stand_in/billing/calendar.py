"""What time brings, in its order: usage counted, periods ended, drafts finalised."""

from tests.stripe.stand_in.billing import subscriptions, usage
from tests.stripe.stand_in.customers import checkout
from tests.stripe.stand_in.invoices import finalising
from tests.stripe.stand_in.state.account import Account


def run(account: Account) -> None:
    usage.settle(account)
    subscriptions.run(account)
    finalising.auto_advance(account)
    checkout.expire_old(account)

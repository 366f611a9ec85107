"""The customer's balance: below zero is credit, above zero is owed with the next invoice."""

from stripe.params._customer_balance_transaction_create_params import (
    CustomerBalanceTransactionCreateParams,
)
from stripe.params._customer_balance_transaction_list_params import (
    CustomerBalanceTransactionListParams,
)

from tests.stripe.stand_in.customers.customers import living
from tests.stripe.stand_in.state import currencies
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object


def move(
    account: Account, customer: Object, amount: int, reason: str, cause: Object, **fields: object
) -> Object | None:
    """Moves the balance by the amount, with a transaction; None if there is nothing to move.

    The cause is an invoice or a credit note, or anything with a currency.
    """
    if not amount:
        return None
    if "id" in cause:
        fields[cause["object"]] = cause["id"]
    customer["balance"] += amount
    return account.make(
        "customer_balance_transaction",
        **fields,
        amount=amount,
        created=account.now(customer),
        currency=cause["currency"],
        customer=customer["id"],
        ending_balance=customer["balance"],
        type=reason,
    )


@route(
    "POST",
    "/v1/customers/{id}/balance_transactions",
    CustomerBalanceTransactionCreateParams,
    "amount currency description metadata",
)
def create(call: Call) -> Object:
    customer = living(call.account, call.path["id"], None)
    currency = currencies.known(call.params["currency"])
    given = call.given("description", "metadata")
    amount = call.params["amount"]
    made = move(call.account, customer, amount, "adjustment", {"currency": currency}, **given)
    call.account.tell("customer.updated", customer, {"balance": customer["balance"] - amount})
    return call.account.rendered(made or {})


@route(
    "GET",
    "/v1/customers/{id}/balance_transactions",
    CustomerBalanceTransactionListParams,
    "limit starting_after ending_before invoice",
)
def list_(call: Call) -> Object:
    customer = call.account.get("customer", call.path["id"])["id"]
    equal = {"customer": customer, "invoice": call.params.get("invoice")}
    rows = listing.newest_first(call.account, "customer_balance_transaction", **equal)
    return listing.page(call, rows, f"/v1/customers/{customer}/balance_transactions")

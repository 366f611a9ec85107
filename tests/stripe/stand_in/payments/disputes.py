"""Disputes: the cardholder's bank takes the money back, and may be convinced."""

from stripe.params._dispute_close_params import DisputeCloseParams
from stripe.params._dispute_list_params import DisputeListParams
from stripe.params._dispute_retrieve_params import DisputeRetrieveParams

from tests.stripe.stand_in.customers import cards
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire import listing
from tests.stripe.stand_in.wire.refusals import InvalidRequest
from tests.stripe.stand_in.wire.routes import Call, route
from tests.stripe.stand_in.wire.shapes import Object, shape

ANSWER_WITHIN_S = 7 * 24 * 3600
FEE = 1_500


def make(
    account: Account,
    charge: Object,
    reason: str = "fraudulent",
    status: str = "needs_response",
) -> Object:
    """The bank's complaint about all that was charged and not refunded.

    An inquiry (`warning_…`), and a dispute that was prevented, take no money.
    """
    if charge["disputed"]:
        raise InvalidRequest("This charge is disputed already.")
    takes = not status.startswith("warning_") and status != "prevented"
    charge["disputed"] = takes
    due = account.clock.now() + ANSWER_WITHIN_S
    dispute = account.make(
        "dispute",
        amount=charge["amount_captured"] - charge["amount_refunded"],
        balance_transactions=[],
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        created=account.clock.now(),
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence={},
        evidence_details={
            "due_by": due,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        is_charge_refundable=not takes,
        reason=reason,
        status=status,
    )
    if takes:
        _move(account, dispute, -dispute["amount"], "dispute", FEE)
    account.tell("charge.dispute.created", dispute)
    if takes:
        account.tell("charge.dispute.funds_withdrawn", dispute)
    return dispute


def _move(account: Account, dispute: Object, amount: int, category: str, fee: int) -> None:
    """What it takes from the account's own money, or puts back."""
    now = account.clock.now()
    moved = shape(
        "balance_transaction",
        id=account.new_id("txn"),
        amount=amount,
        available_on=now,
        balance_type="payments",
        created=now,
        currency=dispute["currency"],
        fee=fee,
        fee_details=[],
        net=amount - fee,
        reporting_category=category,
        source=dispute["id"],
        status="available",
        type="adjustment",
    )
    dispute["balance_transactions"].append(moved)


def end(account: Account, dispute: Object, *, won: bool) -> None:
    dispute["status"] = "won" if won else "lost"
    if won:
        _move(account, dispute, dispute["amount"], "dispute_reversal", 0)
    account.tell("charge.dispute.closed", dispute)
    if won:
        account.tell("charge.dispute.funds_reinstated", dispute)


def if_the_card_does(account: Account, charge: Object, method: Object) -> None:
    reason = cards.card_of(account, method).disputed
    if reason:
        make(account, charge, reason)


@route("GET", "/v1/disputes/{id}", DisputeRetrieveParams)
def retrieve(call: Call) -> Object:
    return call.account.rendered(call.account.get("dispute", call.path["id"]))


@route("POST", "/v1/disputes/{id}/close", DisputeCloseParams)
def close(call: Call) -> Object:
    dispute = call.account.get("dispute", call.path["id"])
    if dispute["status"] in ("won", "lost"):
        raise InvalidRequest("This dispute is already closed")
    end(call.account, dispute, won=False)
    return call.account.rendered(dispute)


@route(
    "GET",
    "/v1/disputes",
    DisputeListParams,
    "charge payment_intent created limit starting_after ending_before",
)
def list_(call: Call) -> Object:
    equal = {name: call.params.get(name) for name in ("charge", "payment_intent")}
    rows = listing.newest_first(call.account, "dispute", **equal)
    return listing.page(call, listing.within(rows, call.params.get("created")), "/v1/disputes")

"""What a comparison found, as a person reads it."""

import pytest

from billing.models import Reconciliation, Statement
from billing.queries.differences import differences
from billing.services.closing import close_month
from tests.billing.statements.making import CLOSING, OCTOBER, organisation, use_users

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "ours", "theirs", "told"),
    [
        ("amount", "5001", "5002", ("The amounts are not equal", "50.01 USD", "50.02 USD")),
        ("paid", "5001", "0", ("What was paid is not equal", "50.01 USD", "0.00 USD")),
        ("credited", "1", "2", ("What credit notes have taken off is not equal", "0.01 USD")),
        ("refunded", "1", "2", ("What was refunded is not equal", "0.01 USD", "0.02 USD")),
        ("missing", "5001 usd, paid", "", ("Stripe has no invoice", "50.01 USD, paid", "nothing")),
        ("missing", "5001 usd", "no invoice", ("The statement has no invoice", "50.01 USD")),
        ("manual", "5001 usd, finalised", "is not asked for", ("left to the operator's hand",)),
        ("state", "paid", "open", ("The states do not agree", "paid", "open")),
        ("duplicate", "in_1", "in_1, in_2", ("several invoices", "in_1, in_2")),
        ("other", "here", "there", ("other", "here", "there")),
    ],
)
def test_a_difference_is_told_in_words_and_in_its_currency(
    kind: str, ours: str, theirs: str, told: tuple[str, ...]
) -> None:
    use_users(organisation(), 10_001)
    close_month(OCTOBER, now=CLOSING)
    statement = Statement.objects.get()
    said = {"kind": kind, "statement": statement.pk, "number": "", "ours": ours, "theirs": theirs}
    row = Reconciliation(month=OCTOBER, ran_at=CLOSING, compared=1, differences=[said])
    [found] = differences(row)
    assert (found.number, found.statement_id) == (statement.number, statement.pk)
    for part in told:
        assert part in f"{found.what}: {found.ours}, {found.theirs}"

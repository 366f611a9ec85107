"""Credits: granted, used once by a statement, and never below nought."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection

from billing.models import Statement
from billing.queries.credits import available, balance
from billing.services.closing import close_month
from billing.services.contracts import sign_contract
from billing.services.credits import (
    CreditRefused,
    check_billed_in,
    grant_credit,
    revoke_credit,
)
from tests.billing.making import credit, day, price_list
from tests.billing.statements.making import CLOSING, OCTOBER, use_users
from tests.conftest import Tenant

pytestmark = pytest.mark.django_db
NOW = day(10, 5)


class TestACredit:
    def test_is_what_was_granted_less_what_was_used(self, tenant: Tenant) -> None:
        made = credit(tenant.organisation, 6_200)
        use_users(tenant.organisation, 10_000)
        for _ in range(2):
            close_month(OCTOBER, now=CLOSING)
        assert balance(made) == 1_200
        assert revoke_credit(credit=made, now=CLOSING) == 1_200
        assert revoke_credit(credit=made, now=CLOSING) == 0
        assert balance(made) == 0

    @pytest.mark.parametrize(
        ("terms", "said"),
        [
            ({"amount_minor": 0}, "more than 0"),
            ({"amount_minor": 15, "code": "kwd"}, "in steps of 10"),
            ({"amount_minor": 5, "code": "xxx"}, "'xxx' is no currency"),
            ({"amount_minor": 5, "expires_at": NOW}, "expires after it is granted"),
        ],
    )
    def test_that_cannot_be_is_refused(
        self, tenant: Tenant, terms: dict[str, object], said: str
    ) -> None:
        with pytest.raises(CreditRefused, match=said):
            grant_credit(organisation=tenant.organisation, now=NOW, **terms)  # type: ignore[arg-type]

    def test_in_a_currency_of_no_bill_is_refused_until_a_contract_has_it(
        self, tenant: Tenant
    ) -> None:
        ours = tenant.organisation
        check_billed_in(ours, code="usd", now=NOW)
        with pytest.raises(CreditRefused, match=r"is billed in USD: no bill could use .* EUR"):
            check_billed_in(ours, code="eur", now=NOW)
        euros = price_list("euros", code="eur", organisation=ours)
        sign_contract(organisation=ours, price_list=euros, starts_at=day(11), now=NOW)
        check_billed_in(ours, code="eur", now=NOW)
        check_billed_in(ours, code="usd", now=NOW)  # October still is
        with pytest.raises(CreditRefused, match="is billed in EUR"):
            check_billed_in(ours, code="usd", now=day(12))


class TestWhatAMonthMayUse:
    def test_is_what_is_left_and_has_not_expired_when_it_begins(
        self, tenant: Tenant, stranger: Tenant
    ) -> None:
        ours = tenant.organisation
        made = credit(ours, 5_000)
        ending, ended, empty = (
            credit(ours, 70, day(10, 20)),
            credit(ours, 80, day(11)),
            credit(ours, 90),
        )
        revoke_credit(credit=empty, now=NOW)
        credit(stranger.organisation, 10)
        found = {
            month: {each.id for _, each in available([ours.pk], day(month).date())[ours.pk]}
            for month in (10, 11)
        }
        assert found == {10: {made.pk, ending.pk, ended.pk}, 11: {made.pk}}

    def test_has_its_currency_and_its_balance(self, tenant: Tenant) -> None:
        made = credit(tenant.organisation, 5_000)
        made.entries.create(id="cre_1", kind="used", amount_minor=-1, at=NOW)
        ((code, left),) = available([tenant.organisation.pk], day(10).date())[
            tenant.organisation.pk
        ]
        assert (code, left.available_minor, left.kind) == ("usd", 4_999, "prepaid")


@pytest.mark.django_db(transaction=True)
def test_a_close_and_who_revokes_cannot_both_have_the_same_money(tenant: Tenant) -> None:
    made, together = credit(tenant.organisation, 4_000), Barrier(2)
    use_users(tenant.organisation, 10_000)

    def at_once(act: Callable[[], object]) -> None:
        together.wait()
        try:
            act()
        finally:
            connection.close()

    acts = (
        lambda: close_month(OCTOBER, now=CLOSING),
        lambda: revoke_credit(credit=made, now=CLOSING),
    )
    threads = [Thread(target=at_once, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert balance(made) == 0
    assert Statement.objects.get().total_minor in {1_000, 5_000}

"""Credits: granted, used once by a statement, and never below nought."""

from threading import Barrier, Thread

import pytest
from django.db import connection

from billing.queries.credits import available, balance
from billing.services.credits import CreditRefused, grant_credit, revoke_credit, use_credit
from tests.billing.making import credit, day
from tests.conftest import Tenant

pytestmark = pytest.mark.django_db
NOW = day(10, 5)


class TestACredit:
    def test_is_what_was_granted_less_what_was_used(self, tenant: Tenant) -> None:
        made = credit(tenant.organisation, 5_000)
        use_credit(credit=made, amount_minor=1_200, statement_id="st_1", now=NOW)
        use_credit(credit=made, amount_minor=1_200, statement_id="st_1", now=NOW)
        assert balance(made) == 3_800
        assert revoke_credit(credit=made, now=NOW) == 3_800
        assert revoke_credit(credit=made, now=NOW) == 0
        assert balance(made) == 0

    def test_pays_no_more_than_is_left(self, tenant: Tenant) -> None:
        made = credit(tenant.organisation, 5_000)
        for amount in (5_001, 0, -1):
            with pytest.raises(CreditRefused, match=f"has 5000 left, not {amount}"):
                use_credit(credit=made, amount_minor=amount, statement_id="st_1", now=NOW)

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
        use_credit(credit=made, amount_minor=1, statement_id="st_1", now=NOW)
        ((code, left),) = available([tenant.organisation.pk], day(10).date())[
            tenant.organisation.pk
        ]
        assert (code, left.available_minor, left.kind) == ("usd", 4_999, "prepaid")


@pytest.mark.django_db(transaction=True)
class TestTwoStatements:
    def test_cannot_spend_the_same_money(self, tenant: Tenant) -> None:
        made, together, refused = credit(tenant.organisation, 100), Barrier(4), []

        def use(statement_id: str) -> None:
            together.wait()
            try:
                use_credit(credit=made, amount_minor=60, statement_id=statement_id, now=NOW)
            except CreditRefused as fault:
                refused.append(fault)
            finally:
                connection.close()

        threads = [Thread(target=use, args=(f"st_{index}",)) for index in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (balance(made), len(refused)) == (40, 3)

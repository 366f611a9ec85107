"""Contracts: what they may say, and what they may no longer change."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import connection

from billing.models import Contract, Statement
from billing.services.contracts import ContractRefused, Promise, end_contract, sign_contract
from tenants.models import Organisation
from tests.billing.making import day, price_list
from tests.conftest import Tenant

pytestmark = pytest.mark.django_db
NOW = day(10, 5)


@pytest.fixture
def organisation(tenant: Tenant) -> Organisation:
    return tenant.organisation


def statement(organisation: Organisation, month: datetime) -> None:
    Statement.objects.create(
        id=f"st_{month:%m}",
        organisation=organisation,
        livemode=True,
        month=month.date(),
        number=f"T-{month:%m}",
        currency="usd",
        total_minor=0,
        content="{}",
        content_hash="",
        previous_hash="",
        closed_at=NOW,
    )


class TestAContract:
    def test_is_signed_with_all_that_was_agreed(self, organisation: Organisation) -> None:
        contract = sign_contract(
            organisation=organisation,
            starts_at=day(10, 16),
            ends_at=day(11),
            price_list=price_list(organisation=organisation),
            minimum_commitment_minor=100_000,
            discount_percent=Decimal("12.5"),
            objectives=[Promise("availability", Decimal("99.95"), "percent")],
            now=NOW,
        )
        kept = Contract.objects.get(pk=contract.pk)
        assert (kept.minimum_commitment_minor, kept.discount_percent) == (100_000, Decimal("12.5"))
        assert str(kept.objectives.get()) == "availability: 99.95 percent"

    @pytest.mark.parametrize(
        ("terms", "field", "said"),
        [
            ({"ends_at": day(10, 1)}, "ends_at", "ends on 2026-10-01, before it begins on 2026-10"),
            ({"ends_at": day(10, 10)}, "ends_at", "at least a day after"),
            ({"starts_at": day(10, 10) + timedelta(hours=1)}, "starts_at", "00:00 UTC"),
            ({"ends_at": day(10, 20) + timedelta(seconds=1)}, "ends_at", "00:00 UTC"),
            (
                {"starts_at": datetime(2026, 10, 10, tzinfo=timezone(timedelta(hours=2)))},
                "starts_at",
                "00:00 UTC",
            ),
            ({"discount_percent": Decimal("100.1")}, "discount_percent", "0 to 100"),
            ({"discount_percent": Decimal("NaN")}, "discount_percent", "0 to 100"),
            ({"minimum_commitment_minor": -1}, "minimum_commitment_minor", "0 or more"),
        ],
    )
    def test_that_contradicts_itself_is_refused_at_the_field(
        self, organisation: Organisation, terms: dict[str, object], field: str, said: str
    ) -> None:
        asked = {"starts_at": day(10, 10), "organisation": organisation, "now": NOW} | terms
        with pytest.raises(ContractRefused, match=said) as refused:
            sign_contract(**asked)  # type: ignore[arg-type]
        assert field in refused.value.problems
        assert not Contract.objects.exists()

    @pytest.mark.parametrize(
        ("starts_at", "ends_at"),
        [
            (day(10, 1), None),
            (day(10, 1), day(10, 11)),
            (day(10, 19), day(10, 25)),
            (day(10, 12), day(10, 13)),
        ],
    )
    def test_that_overlaps_another_is_refused(
        self, organisation: Organisation, starts_at: datetime, ends_at: datetime | None
    ) -> None:
        first = sign_contract(
            organisation=organisation, starts_at=day(10, 10), ends_at=day(10, 20), now=NOW
        )
        with pytest.raises(ContractRefused, match=f"overlaps the contract {first.pk}"):
            sign_contract(organisation=organisation, starts_at=starts_at, ends_at=ends_at, now=NOW)

    def test_may_follow_another_on_its_last_day(self, organisation: Organisation) -> None:
        sign_contract(
            organisation=organisation, starts_at=day(10, 10), ends_at=day(10, 20), now=NOW
        )
        sign_contract(organisation=organisation, starts_at=day(10, 20), now=NOW)
        sign_contract(organisation=organisation, starts_at=day(9), ends_at=day(10, 10), now=NOW)

    def test_cannot_begin_in_a_month_that_is_closed(self, organisation: Organisation) -> None:
        statement(organisation, day(9))
        with pytest.raises(ContractRefused, match="month 2026-09 is closed, with the statement"):
            sign_contract(organisation=organisation, starts_at=day(9, 30), now=NOW)
        sign_contract(organisation=organisation, starts_at=day(10), now=NOW)

    def test_takes_no_list_of_another_organisation(
        self, organisation: Organisation, stranger: Tenant
    ) -> None:
        theirs = price_list(organisation=stranger.organisation)
        with pytest.raises(ContractRefused, match="another organisation"):
            sign_contract(
                organisation=organisation, starts_at=day(10, 10), price_list=theirs, now=NOW
            )

    def test_takes_no_list_without_a_version(self, organisation: Organisation) -> None:
        empty = price_list("empty")
        empty.versions.update(published_at=None)
        with pytest.raises(ContractRefused, match="empty has no published version"):
            sign_contract(
                organisation=organisation, starts_at=day(10, 10), price_list=empty, now=NOW
            )

    def test_in_another_currency_begins_and_ends_with_a_month(
        self, organisation: Organisation
    ) -> None:
        yen = price_list("yen", code="jpy")
        with pytest.raises(ContractRefused, match="begins and ends with a month"):
            sign_contract(organisation=organisation, starts_at=day(10, 10), price_list=yen, now=NOW)
        sign_contract(
            organisation=organisation,
            starts_at=day(10),
            ends_at=day(12),
            price_list=yen,
            now=NOW,
        )


class TestItsEnd:
    def test_may_be_set_and_taken_back(self, organisation: Organisation) -> None:
        contract = sign_contract(organisation=organisation, starts_at=day(10, 10), now=NOW)
        assert end_contract(contract=contract, ends_at=day(10, 20)).ends_at == day(10, 20)
        assert end_contract(contract=contract, ends_at=None).ends_at is None

    def test_changes_no_month_that_is_closed(self, organisation: Organisation) -> None:
        contract = sign_contract(organisation=organisation, starts_at=day(8), now=NOW)
        statement(organisation, day(9))
        with pytest.raises(ContractRefused, match="2026-09 is closed"):
            end_contract(contract=contract, ends_at=day(9, 30))
        ended = end_contract(contract=contract, ends_at=day(10))
        assert ended.ends_at == day(10)
        statement(organisation, day(10))
        with pytest.raises(ContractRefused, match="2026-10 is closed"):
            end_contract(contract=contract, ends_at=None)

    def test_does_not_run_into_the_next_one(self, organisation: Organisation) -> None:
        first = sign_contract(
            organisation=organisation, starts_at=day(10, 10), ends_at=day(10, 20), now=NOW
        )
        sign_contract(organisation=organisation, starts_at=day(10, 20), now=NOW)
        with pytest.raises(ContractRefused, match="overlaps"):
            end_contract(contract=first, ends_at=day(10, 21))


@pytest.mark.django_db(transaction=True)
class TestTwoOperators:
    def test_cannot_sign_two_contracts_for_the_same_days(self, tenant: Tenant) -> None:
        together, refused = Barrier(4), []

        def sign() -> None:
            together.wait()
            try:
                sign_contract(organisation=tenant.organisation, starts_at=day(10, 10), now=NOW)
            except ContractRefused as fault:
                refused.append(fault)
            finally:
                connection.close()

        threads = [Thread(target=sign) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (Contract.objects.count(), len(refused)) == (1, 3)

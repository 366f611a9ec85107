"""The close of a month: a statement for everybody, once, and an invoice for who owes something."""

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from billing.models import Closing, Invoice, Statement
from billing.queries.inputs import month_inputs
from billing.queries.statements import until
from billing.refusals import MonthNotOver
from billing.rules.months import compose
from billing.rules.statements.canonical import NO_HASH, canonical, digest
from billing.services.closing import close_due, close_month, close_organisation
from billing.services.contracts import sign_contract
from foundation.events.models import Event
from metering import merkle
from metering.models import ActiveUser, UsageMonth
from metering.seals import inclusion_proof, seal_due
from tenants.models import Organisation, TierChange
from tests.billing.making import credit, day, price_list
from tests.billing.statements.making import (
    CLOSING,
    DECEMBER,
    EARLY,
    NEXT_CLOSING,
    NOVEMBER,
    OCTOBER,
    content,
    open_months,
    organisation,
    use,
    use_users,
)

pytestmark = pytest.mark.django_db


class TestAMonth:
    def test_becomes_a_statement_and_an_invoice_to_the_cent(self) -> None:
        pro = organisation()
        use_users(pro, 11_000)
        use(pro, "effects", "7")
        assert close_month(OCTOBER, now=CLOSING) == 1
        statement = Statement.objects.get(organisation=pro)
        said = content(pro)
        assert statement.total_minor == said["total_minor"] == 5_500
        assert [line["amount_minor"] for line in said["lines"]] == [5_500]
        assert {each["meter"]: each["quantity"] for each in said["usage"]} == {
            "mau": "11000",
            "effects": "7",
        }
        assert said["tier"] == "pro"
        assert said["users"]["count"] == 11_000
        assert statement.content_hash == digest(statement.content)
        assert statement.content == canonical(said)
        assert said["previous_hash"] == NO_HASH
        invoice = Invoice.objects.get(statement=statement)
        assert (invoice.total_minor, invoice.state, invoice.collector) == (5_500, "created", "")

    def test_is_at_the_dearest_of_the_tiers_that_were_chosen_in_it(self) -> None:
        whose = organisation()
        use_users(whose, 1_008)
        moves = [("beta", "pro", "chosen"), ("pro", "enterprise", "operator")]
        for hours, (source, target, reason) in enumerate(moves):
            TierChange.objects.create(
                organisation=whose,
                from_tier_id=source,
                to_tier_id=target,
                at=EARLY + timedelta(hours=hours),
                reason=reason,
            )
        close_month(OCTOBER, now=CLOSING)
        said = content(whose)
        assert (said["tier_floor"], said["minimum_band_unit"]) == ("pro", 10_000)
        assert (said["tier"], said["total_minor"]) == ("enterprise", 504)

    def test_that_comes_to_nothing_has_a_statement_and_no_invoice(self) -> None:
        use_users(organisation(), 9_999)
        close_month(OCTOBER, now=CLOSING)
        assert Statement.objects.get().total_minor == 0
        assert not Invoice.objects.exists()

    def test_is_told_to_its_organisation(self) -> None:
        whose = organisation()
        use_users(whose, 10_000)
        close_month(OCTOBER, now=CLOSING)
        event = Event.objects.get(type="statement.ready")
        assert event.organisation_id == whose.pk
        assert event.data["total_minor"] == 5_000

    def test_is_closed_once_however_often_it_is_asked_for(self) -> None:
        use_users(organisation(), 10_000)
        assert close_month(OCTOBER, now=CLOSING) == 1
        assert close_month(OCTOBER, now=CLOSING) == 0
        assert Statement.objects.count() == Invoice.objects.count() == 1
        closing = Closing.objects.get(month=OCTOBER)
        assert (closing.statements, closing.finished_at) == (1, CLOSING)

    def test_that_was_closed_is_not_begun_for_who_has_a_credit_since(self) -> None:
        whose = organisation()
        close_month(OCTOBER, now=CLOSING)
        credit(whose, 1_000)
        assert close_month(OCTOBER, now=CLOSING) == 0
        assert not Statement.objects.filter(organisation=whose).exists()

    def test_is_not_closed_before_late_usage_had_its_hours(self) -> None:
        use_users(organisation(), 1)
        with pytest.raises(MonthNotOver):
            close_month(OCTOBER, now=CLOSING - timedelta(microseconds=1))
        assert close_due(CLOSING - timedelta(microseconds=1)) == 0
        assert close_due(CLOSING) == 1

    def test_waits_as_long_as_the_operator_says(self, settings: Any) -> None:
        settings.MONTH_CLOSE_HOURS = 0
        use_users(organisation(), 1)
        assert close_due(day(11)) == 1

    def test_names_the_root_over_its_users_whether_it_was_sealed_ahead_or_not(self) -> None:
        ahead, later = organisation("Ahead"), organisation("Later")
        use_users(ahead, 1_500)
        seal_due(now=day(11))
        use_users(ahead, 1, first=5_000)  # in time, after the seal
        use_users(later, 3)
        close_month(OCTOBER, now=CLOSING)
        for whose, many in ((ahead, 1_501), (later, 3)):
            users = [row.user_hash.bytes for row in _users(whose)]
            assert len(users) == many
            own = merkle.root(map(merkle.leaf, sorted(users)))
            assert content(whose)["users"]["root"] == own.hex()
            proof = inclusion_proof(whose, livemode=True, period=OCTOBER, user=users[0])
            assert proof
            assert proof.root == own

    def test_follows_the_one_before_in_a_chain_without_gaps(self) -> None:
        whose = organisation()
        use_users(whose, 5, at=day(11, 2))
        use_users(whose, 5, at=EARLY)
        assert close_month(NOVEMBER, now=NEXT_CLOSING) == 0
        assert close_due(NEXT_CLOSING) == 2
        october, november = Statement.objects.order_by("month")
        assert (october.previous_hash, november.previous_hash) == (NO_HASH, october.content_hash)

    def test_follows_the_one_before_whichever_of_two_runs_has_closed_that(self) -> None:
        whose = organisation()
        for at in (EARLY, day(11, 2), day(12, 2)):
            use_users(whose, 5, at=at)
        close_month(OCTOBER, now=NEXT_CLOSING + timedelta(seconds=5))  # by the one that began later
        close_month(NOVEMBER, now=NEXT_CLOSING)
        close_month(DECEMBER, now=day(12) + timedelta(days=35))
        october, november, december = chain = list(Statement.objects.order_by("month"))
        assert november.previous_hash == october.content_hash
        assert december.previous_hash == november.content_hash
        assert until(december) == chain

    def test_that_was_heard_of_late_follows_a_newer_one_closed_in_the_same_instant(self) -> None:
        whose = organisation()
        use_users(whose, 5, at=CLOSING)
        close_month(NOVEMBER, now=NEXT_CLOSING)
        use_users(whose, 5, at=EARLY)
        close_month(OCTOBER, now=NEXT_CLOSING)
        older = Statement.objects.get(organisation=whose, month=OCTOBER)
        newer = Statement.objects.get(organisation=whose, month=NOVEMBER)
        assert older.previous_hash == newer.content_hash
        assert older.closed_at > newer.closed_at

    def test_of_test_keys_has_no_statement(self) -> None:
        use_users(organisation(), 20_000, livemode=False)
        assert close_due(CLOSING) == 0

    def test_stays_open_alone_if_its_prices_contradict_each_other(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        bad, good = organisation("Bad"), organisation("Good")
        yen = price_list("yen", code="jpy", organisation=bad)
        sign_contract(organisation=bad, starts_at=day(10, 5), now=EARLY, ends_at=day(11))
        bad.contracts.update(price_list=yen)
        use_users(bad, 1)
        use_users(good, 1)
        assert close_month(OCTOBER, now=CLOSING) == 1
        assert "A month has one currency" in caplog.text
        assert open_months() == 1
        assert Closing.objects.get().finished_at is None


class TestASandbox:
    def test_closes_by_its_own_clock_and_nobody_elses(self) -> None:
        real = organisation()
        sandbox = organisation("Sandbox", sandbox_of=real)
        use_users(sandbox, 10_000, livemode=False)
        assert close_month(OCTOBER, now=CLOSING) == 0
        statement = close_organisation(sandbox, OCTOBER, CLOSING)
        assert (statement.livemode, statement.total_minor) == (False, 5_000)
        assert Invoice.objects.get().collector == "sandbox"
        assert close_organisation(sandbox, OCTOBER, CLOSING) == statement

    def test_is_closed_when_its_clock_has_run_there_by_itself(self) -> None:
        sandbox = organisation("Sandbox", sandbox_of=organisation())
        use_users(sandbox, 3, livemode=False)
        sandbox.clock_ahead_s = 30 * 86_400
        sandbox.save()
        assert close_due(day(10, 4)) == 0
        assert close_due(day(10, 20)) == 1

    def test_that_cannot_be_closed_holds_up_no_other(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        bad, good = (organisation(name, sandbox_of=organisation()) for name in ("Bad", "Good"))
        yen = price_list("yen", code="jpy", organisation=bad)
        sign_contract(organisation=bad, starts_at=day(10, 5), now=EARLY, ends_at=day(11))
        bad.contracts.update(price_list=yen)
        for whose in (bad, good):
            use_users(whose, 3, livemode=False)
        assert close_due(CLOSING) == 1
        assert Statement.objects.get().organisation == good
        assert "A month has one currency" in caplog.text


class TestThePreview:
    def test_is_the_statement_if_nothing_new_arrives(self) -> None:
        whose = organisation()
        credit(whose, 700)
        use_users(whose, 10_001)
        use(whose, "effects", "12")
        before = month_inputs(whose, livemode=True, month=OCTOBER, now=day(10, 31))
        close_month(OCTOBER, now=CLOSING)
        said = content(whose)
        composed = compose(before.inputs)
        assert composed.total_minor == said["total_minor"] == 5_001 - 700
        told = [(each["key"], each["amount_minor"]) for each in said["lines"]]
        assert told == [(each.key, each.amount_minor) for each in composed.lines]
        assert before.tier == said["tier"]


class TestTwoClosers:
    @pytest.mark.django_db(transaction=True)
    def test_at_once_make_one_statement_each(self) -> None:
        for number in range(40):
            whose = organisation(f"Club {number}")
            credit(whose, 100)
            use_users(whose, 10, at=day(10, 2))
        made: list[int] = []

        def close() -> None:
            try:
                made.append(close_month(OCTOBER, now=CLOSING))
            finally:
                connection.close()

        threads = [Thread(target=close) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(made) == Statement.objects.count() == 40
        assert open_months() == 0


def _users(whose: Organisation) -> Any:
    return ActiveUser.objects.filter(usage_month=UsageMonth.objects.get(organisation=whose))

"""Time, the close of months, and how invoices are paid, refused, credited and voided."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from billing.models import Closing, Invoice
from billing.queries.inputs import month_inputs
from billing.refusals import AboveInvoice, NotNow
from billing.rules.contents import composed_content, from_content
from billing.rules.months import compose
from billing.rules.statements.late import charges, month_end
from billing.services import closing
from billing.services.collection import driving, dunning, refunds
from foundation.clock import billing_period, month, next_month
from metering.models import UsageMonth
from metering.services import begin_due
from metering.services.months import closes_at
from tenants import queries
from tests.soak.stateful.agreements import Agreements
from tests.soak.stateful.books import content_of
from tests.soak.stateful.world import TIERS


class Money(Agreements):
    """All of it: beat, who asks for what is due, and the operator, who takes back and credits."""

    @rule(hours=st.sampled_from([1, 20, 24, 60, 200]))
    def time_passes(self, hours: int) -> None:
        self._until(self.now + timedelta(hours=hours))

    @rule()
    def month_ends(self) -> None:
        self._until(next_month(self.now) + timedelta(hours=1))

    @rule()
    def close_comes(self) -> None:
        """The moment from which on the oldest open month may be closed; and beat is there."""
        self._until(max(self.now, closes_at(month(self.now)) + timedelta(minutes=1)))
        self.close()

    @rule(many=st.sampled_from([4, 12, 12, 35]), used=st.integers(0, 30), paid=st.booleans())
    def a_month_goes_by(self, many: int, used: int, paid: bool) -> None:
        """As most months do: it has users, is closed, and asked for."""
        if paid:
            self.payment_method("pays")
            self.books_are_right()
        self.new_users(many)
        self.books_are_right()
        if used:
            self.effects(Decimal(used), 0)
            self.books_are_right()
        self.close_comes()
        self.books_are_right()
        self.beat()

    @rule(many=st.integers(1, 4), user=st.sampled_from(["fan 0", "somebody new"]))
    def late_events(self, many: int, user: str) -> None:
        """Of a month that is closed, if one is."""
        closed = self.organisation.statements.order_by("-month").first()
        if closed is not None:
            ago = self.now.date() - closed.month
            self.events(ago.days - many, many, user)

    @rule()
    def close(self) -> None:
        """Every month that is due; done again, nothing changes."""
        self.now += timedelta(seconds=1)  # statements are in the order in which they were made
        before = set(self.organisation.statements.values_list("month", flat=True))
        closing.close_due(self.now)
        for row in self.organisation.statements.exclude(month__in=before):
            self._billed_by_its_own_rules(row.month, content_of(row))
        self._again(lambda: closing.close_due(self.now))

    @rule()
    def beat(self) -> None:
        """What is due is driven, issued and dunned; done again at once, nothing changes."""
        self._collect()
        begin_due(now=self.now)
        self._again(self._collect)
        self._again(lambda: begin_due(now=self.now))

    @rule(data=st.data())
    def is_paid(self, data: st.DataObject) -> None:
        """The operator has heard of it from the bank."""
        self._of_one(data, lambda invoice: refunds.record_payment(invoice, now=self.now))

    @rule(data=st.data(), amount=st.integers(1, 400))
    def credit(self, data: st.DataObject, amount: int) -> None:
        """Off an invoice, or, of one that is paid, back."""

        def note(invoice: Invoice) -> None:
            made = refunds.credit(invoice, amount_minor=amount, reason="Sorry", now=self.now)
            refunds.issue(made.pk, now=self.now)
            self._again(lambda: refunds.issue(made.pk, now=self.now))

        self._of_one(data, note)

    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        self._of_one(data, lambda invoice: refunds.void(invoice, now=self.now))

    def _of_one(self, data: st.DataObject, act: Callable[[Invoice], object]) -> None:
        found = list(self.organisation.invoices.order_by("created_at", "pk"))
        if found:
            self._refusing(lambda: act(data.draw(st.sampled_from(found))), NotNow, AboveInvoice)

    def _collect(self) -> None:
        for invoice_id in driving.due(now=self.now).values_list("pk", flat=True):
            driving.drive(invoice_id, now=self.now)
        for note_id in refunds.due(now=self.now).values_list("pk", flat=True):
            refunds.issue(note_id, now=self.now)
        dunning.settle_all(now=self.now)

    def _until(self, then: Any) -> None:
        """Time goes on; of each month that ends on the way is kept what it would cost now."""
        while next_month(self.now) <= then:
            ending = month(self.now)
            self.now = next_month(self.now)
            if not self._waits(ending):
                self.foreseen[ending] = self._lines(ending)
        self.now = max(self.now, then)

    def _waits(self, of: date) -> bool:
        """A month before is still to be closed, which may use credits and settle corrections."""
        rows = UsageMonth.objects.filter(organisation=self.organisation, livemode=self.live)
        if rows.filter(month__lt=of, closed_at=None).exists():
            return True
        done = Closing.objects.filter(finished_at__isnull=False).order_by("-month").first()
        return done is not None and month_end(done.month) < of  # an idle one, without a row

    def _lines(self, of: date) -> Any:
        facts = month_inputs(self._read(), livemode=self.live, month=of, now=self.now)
        return composed_content(compose(facts.inputs))["lines"]

    def _billed_by_its_own_rules(self, of: date, content: Any) -> None:
        """Nothing chosen after its end changed it; the dearest tier chosen in it is its floor."""
        if of in self.foreseen:
            assert content["lines"] == self.foreseen[of]
        self.foreseen.clear()
        start, end = billing_period(datetime(of.year, of.month, 1, tzinfo=UTC))
        chosen = set(queries.chosen_in(self._read(), start, end))
        assert chosen >= self.chosen.get(of, set()) - {"beta"}, of
        assert content["tier_floor"] in chosen or not (content["tier_floor"] or chosen), of
        billed = from_content(content)
        for tier in chosen:
            by_it = replace(billed, tier_floor=tier, minimum_band_unit=TIERS[tier][0])
            assert charges(billed) >= charges(by_it), (of, tier)

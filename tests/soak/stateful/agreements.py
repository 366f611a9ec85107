"""What is agreed: how it is paid, which tier was chosen, contracts, credits, prices."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import rule

from billing.collectors import sandbox
from billing.models import BillingAccount, Contract, Credit, PriceList
from billing.services.collection import accounts, dunning
from billing.services.contracts import ContractRefused, end_contract, sign_contract
from billing.services.credits import grant_credit, revoke_credit
from billing.services.prices import publish
from foundation.clock import month
from foundation.ids import new_id
from metering.models import Adjustment
from tenants.refusals import PaymentNeeded
from tenants.services.organisations import change_organisation
from tenants.services.tiers import record_operators_move
from tenants.services.writing import write
from tests.soak.stateful import books
from tests.soak.stateful.usage import Usage
from tests.soak.stateful.world import TIERS, price

percent = st.decimals(0, 100, places=2)


class Agreements(Usage):
    """The developer and the operator, who come to terms."""

    @rule(method=st.sampled_from(["pays", "pays", "declines", "none"]))
    def payment_method(self, method: str) -> None:
        """A sandbox plays its method; of others the operator's word decides."""
        account = accounts.account_of(self._read())
        if self.organisation.sandbox:
            found = {"pays": sandbox.PAYS, "declines": sandbox.DECLINES, "none": ""}[method]
            accounts.choose_played(self._read(), found)
            dunning.try_again(self.organisation.pk, now=self.now)
        else:
            terms = BillingAccount.Terms
            accounts.set_terms(account, terms.CARD if method == "none" else terms.INVOICE)

    @rule(tier=st.sampled_from(["beta", "pro"]))
    def choose(self, tier: str) -> None:
        """Up at once, down from the next month on; what was chosen is billed at least."""
        before = self._read()
        try:
            with transaction.atomic():
                change_organisation(
                    organisation=before, tier_slug=tier, now=self.now, livemode=self.live
                )
        except PaymentNeeded:
            assert not before.payment_method or before.restricted_at
            assert self._read().tier_id == before.tier_id
            return
        after = self._read()
        rank = list(TIERS).index
        assert rank(after.tier_id) == max(rank(before.tier_id), rank(tier))
        if after.restricted_at is None and after.tier_id == tier:
            self._has_chosen(tier)

    @rule(tier=st.sampled_from(sorted(TIERS)))
    def operator_moves(self, tier: str) -> None:
        """At once, up or down."""
        row = self._read()
        if row.restricted_at is None:
            before = row.tier_id
            write(row, {"tier_id": tier})
            record_operators_move(row, before, now=self.now)
            self._has_chosen(tier)

    def _has_chosen(self, tier: str) -> None:
        """What is taken back in the same moment was never in force."""
        self.chosen.setdefault(month(self.now), set()).add(tier)
        self.now += timedelta(seconds=1)

    @rule(
        starts=st.integers(-20, 60),
        days=st.none() | st.integers(-3, 70),
        discount=percent,
        least=st.sampled_from([0, 0, 900, 5_000]),
        own=st.booleans(),
    )
    def contract(
        self, starts: int, days: int | None, discount: Decimal, least: int, own: bool
    ) -> None:
        self.foreseen.clear()
        start = self._midnight() + timedelta(days=starts)
        before = books.state()
        try:
            with transaction.atomic():
                sign_contract(
                    organisation=self._read(),
                    starts_at=start,
                    ends_at=None if days is None else start + timedelta(days=days),
                    now=self.now,
                    price_list=PriceList.objects.get(pk="own") if own else None,
                    minimum_commitment_minor=least,
                    discount_percent=discount,
                )
        except ContractRefused:
            assert books.state() == before

    @rule(days=st.integers(-10, 40))
    def contract_ends(self, days: int) -> None:
        self.foreseen.clear()
        found = Contract.objects.filter(organisation=self.organisation).order_by("pk").last()
        if found is None:
            return
        before = books.state()
        try:
            with transaction.atomic():
                end_contract(contract=found, ends_at=self._midnight() + timedelta(days=days))
        except ContractRefused:
            assert books.state() == before

    def _midnight(self) -> datetime:
        return self.now.replace(hour=0, minute=0, second=0, microsecond=0)

    @rule(amount=st.integers(1, 3_000), days=st.none() | st.integers(1, 80))
    def grant(self, amount: int, days: int | None) -> None:
        self.foreseen.clear()
        expires = None if days is None else self.now + timedelta(days=days)
        grant_credit(
            organisation=self._read(), amount_minor=amount, now=self.now, expires_at=expires
        )

    @rule()
    def revoke(self) -> None:
        self.foreseen.clear()
        found = Credit.objects.filter(organisation=self.organisation).order_by("pk").last()
        if found is not None:
            revoke_credit(credit=found, now=self.now)
            self._again(lambda: revoke_credit(credit=found, now=self.now))

    @rule(many=percent, months_ago=st.integers(0, 2))
    def service_credit(self, many: Decimal, months_ago: int) -> None:
        self.foreseen.clear()
        of = month(self.now - timedelta(days=30 * months_ago))
        Adjustment.objects.create(
            organisation=self.organisation, livemode=self.live, month=of, percent=many,
            kind=Adjustment.Kind.SERVICE_CREDIT, reason="Too slow",
            source=f"slo-{next(self.names)}", created_at=self.now, id=new_id("adj", self.now),
        )  # fmt: skip

    @rule(rate=st.decimals("0.01", "0.9", places=4), mode=st.sampled_from(["volume", "graduated"]))
    def new_prices(self, rate: Decimal, mode: str) -> None:
        """From a later month on; what runs is billed as it began."""
        published = PriceList.objects.get(pk="published")
        newest = published.versions.order_by("-effective_at").first()
        assert newest is not None
        at = max(self.now, newest.effective_at) + timedelta(days=9)
        if at > self.now + timedelta(days=70):
            return
        version = published.versions.create(
            number=newest.number + 1, effective_at=at, allow_decrease=True
        )
        price(version, "mau", mode, [(0, 9, "0"), (10, 30, str(rate)), (31, None, "0.1")])
        publish(version=version, now=self.now)

"""A small world, whose tiers a handful of users crosses, and one organisation in it."""

import itertools
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Final

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from billing.models import PriceList
from billing.services.prices import publish
from foundation.ids import new_id
from metering.items import Item, Status
from tenants.models import Organisation, TierVersion
from tests.soak.stateful import books

START: Final = datetime(2026, 2, 3, 9, tzinfo=UTC)
TIERS: Final = {"beta": (1, 9), "pro": (10, 30), "enterprise": (31, None)}


def small_world() -> None:
    """Tiers of a handful of users, and prices of theirs in fractions of a cent."""
    for tier, (first, last) in TIERS.items():
        TierVersion.objects.filter(tier=tier).update(mau_from=first, mau_to=last)
    [version] = PriceList.objects.get(pk="published").versions.all()
    version.prices.all().delete()
    price(version, "mau", "volume", [(0, 9, "0"), (10, 30, "0.3337"), (31, None, "0.12345")])
    price(version, "effects", "graduated", [(0, 5, "0.01"), (6, None, "0.005")])
    own = PriceList.objects.create(slug="own", name="Own", currency="usd")
    version = own.versions.create(number=1, effective_at=START - timedelta(days=30))
    price(version, "mau", "volume_floor", [(0, 20, "0.2"), (21, None, "0.1")])
    publish(version=version, now=START - timedelta(days=30))


def price(version: Any, meter: str, mode: str, bands: list[tuple[int, int | None, str]]) -> None:
    made = version.prices.create(meter=meter, description=meter, mode=mode)
    for first, last, unit_price in bands:
        made.bands.create(first=first, last=last, unit_price=Decimal(unit_price))


class World(RuleBasedStateMachine):
    """`now` only goes forward. What the senders know is kept beside."""

    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.now = START
        self.names = itertools.count()
        self.items: dict[str, tuple[Item, Status]] = {}
        self.foreseen: dict[date, Any] = {}
        self.chosen: dict[date, set[str]] = {}
        self.organisation: Organisation
        self.books: books.Books | None = None

    def teardown(self) -> None:
        if self.books is not None:
            self.seen.update(self.books.contents())
        transaction.savepoint_rollback(self.savepoint)

    @initialize(played=st.booleans())
    def subscribe(self, played: bool) -> None:
        parent = self._make("Parent", None)
        self.organisation = self._make("Terrace", parent) if played else parent
        self.books = books.Books(self.organisation)

    def _make(self, name: str, parent: Organisation | None) -> Organisation:
        return Organisation.objects.create(
            id=new_id("org", self.now), name=name, tier_id="beta", created_at=self.now,
            payment_method=False, sandbox_of=parent,
        )  # fmt: skip

    @property
    def live(self) -> bool:
        return self.organisation.billed_mode

    def _read(self) -> Organisation:
        return Organisation.objects.get(pk=self.organisation.pk)

    def _again(self, act: Callable[[], object]) -> None:
        """Done before, and told or done again: nothing changes."""
        before = books.state()
        act()
        assert books.state() == before

    def _refusing(self, act: Callable[[], object], *refusals: type[Exception]) -> None:
        """It is done, or refused and nothing of it is done."""
        before = books.state()
        try:
            with transaction.atomic():
                act()
        except refusals:
            assert books.state() == before

    @invariant()
    def books_are_right(self) -> None:
        if self.books is not None:
            self.seen["steps"] += 1
            wrong = list(self.books.wrong())
            assert not wrong, wrong

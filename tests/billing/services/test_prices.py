"""Versions of price lists, from the draft to the published one."""

from decimal import Decimal

import pytest

from billing.models import PriceList, PriceVersion
from billing.queries.prices import PUBLISHED, published_terms, terms_of
from billing.rules.prices import Mode
from billing.services.prices import NotPublishable, draft_version, publish, version_falls
from tests.billing.making import PUBLISHED_BANDS, day, draft
from tests.billing.rules.lists import PUBLISHED as BANDS

pytestmark = pytest.mark.django_db
NOW, LATER = day(11, 15), day(12)


@pytest.fixture
def published() -> PriceList:
    return PriceList.objects.get(pk=PUBLISHED)


class TestThePublishedList:
    def test_is_there_from_the_beginning_as_the_tiers_were_priced(self) -> None:
        terms = published_terms(day(10).date())
        (price,) = terms.prices
        assert (terms.version, terms.currency, price.mode) == (1, "usd", Mode.VOLUME)
        assert price.bands == BANDS

    def test_says_where_its_total_falls(self, published: PriceList) -> None:
        (fall,) = version_falls(published.versions.get())
        assert (fall.last, fall.until) == (100_000, Decimal(250_000))


class TestADraft:
    def test_copies_the_newest_version(self, published: PriceList) -> None:
        made = draft_version(price_list=published, effective_at=LATER)
        assert (made.number, made.published_at, made.allow_decrease) == (2, None, False)
        assert terms_of(made).prices == terms_of(published.versions.get(number=1)).prices

    def test_prices_nothing_before_it_is_published(self, published: PriceList) -> None:
        draft_version(price_list=published, effective_at=LATER)
        assert published_terms(day(12).date()).version == 1

    def test_of_a_list_without_versions_is_empty(self) -> None:
        made = PriceList.objects.create(slug="new", name="New")
        assert terms_of(draft_version(price_list=made, effective_at=LATER)).prices == ()


class TestPublishing:
    def test_makes_the_prices_of_the_months_that_begin_from_then_on(
        self, published: PriceList
    ) -> None:
        version = draft(published, effective_at=day(12, 10))
        publish(version=version, now=NOW)
        found = [published_terms(day(month).date()).version for month in (11, 12)]
        assert [*found, published_terms(day(1, year=2027).date()).version] == [1, 1, 2]

    @pytest.mark.parametrize(
        ("bands", "said"),
        [
            ([(0, 9, "1"), (11, None, "1")], "mau: There is a gap between the bands 0–9 and 11"),
            ([(0, 9, "1"), (9, None, "1")], "mau: The bands 0–9 and 9 and more overlap"),
            ([], "mau: There is no band"),
            (PUBLISHED_BANDS, "from 500.00 USD at 100,000 to 200.00 USD at 100,001"),
        ],
    )
    def test_refuses_bands_that_are_wrong(
        self, published: PriceList, bands: list[tuple[int, int | None, str]], said: str
    ) -> None:
        version = draft(published, bands=bands, effective_at=LATER)
        with pytest.raises(NotPublishable, match=said):
            publish(version=version, now=NOW)
        assert PriceVersion.objects.get(pk=version.pk).published_at is None

    def test_takes_a_total_that_falls_if_that_is_meant(self, published: PriceList) -> None:
        version = draft(published, bands=PUBLISHED_BANDS, effective_at=LATER, allow_decrease=True)
        assert publish(version=version, now=NOW).published_at == NOW

    @pytest.mark.parametrize("mode", ["graduated", "volume_floor"])
    def test_takes_the_same_bands_in_a_mode_that_never_falls(
        self, published: PriceList, mode: str
    ) -> None:
        version = draft(published, bands=PUBLISHED_BANDS, effective_at=LATER, mode=mode)
        publish(version=version, now=NOW)

    def test_changes_no_month_that_has_begun(self, published: PriceList) -> None:
        with pytest.raises(NotPublishable, match="in the future only"):
            publish(version=draft(published, effective_at=NOW), now=NOW)

    def test_is_in_the_order_of_time(self, published: PriceList) -> None:
        publish(version=draft(published, effective_at=LATER), now=NOW)
        with pytest.raises(NotPublishable, match="published v2 takes force later"):
            publish(version=draft(published, effective_at=day(11, 20)), now=NOW)

    def test_is_once(self, published: PriceList) -> None:
        with pytest.raises(NotPublishable, match="published already"):
            publish(version=published.versions.get(), now=NOW)

    def test_refuses_a_currency_that_stripe_does_not_know(self) -> None:
        made = PriceList.objects.create(slug="odd", name="Odd", currency="xxx")
        with pytest.raises(NotPublishable, match="'xxx' is no currency"):
            publish(version=draft(made), now=NOW)

    def test_of_a_list_that_nobody_was_billed_by_may_begin_in_the_past(self) -> None:
        made = PriceList.objects.create(slug="new", name="New")
        publish(version=draft(made, effective_at=day(10)), now=NOW)

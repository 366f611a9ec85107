"""Prices on the operator's pages: drafted, linted, rehearsed, published, and then fixed."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from billing.admin.prices import PUBLISH
from billing.models import PriceList, PriceVersion
from billing.queries.prices import PUBLISHED, terms_of
from billing.rules.prices import Mode
from foundation.clock import month_before, next_month, now
from metering.models import UsageCount, UsageMonth
from tenants.models import Organisation
from tests.conftest import Tenant
from tests.forms import act, form_of

LISTS, VERSIONS = "/admin/billing/pricelist/", "/admin/billing/priceversion/"


def page(version: PriceVersion) -> str:
    return f"{VERSIONS}{version.pk}/change/"


@pytest.fixture
def drafted(operator: Client) -> PriceVersion:
    assert act(operator, LISTS, "prepare", PUBLISHED).status_code == 302
    return PriceVersion.objects.get(price_list=PUBLISHED, number=2)


def used(organisation: Organisation, users: int) -> None:
    """Users of last month, as the counters have them."""
    month = month_before(now()).date()
    UsageMonth.objects.create(organisation=organisation, livemode=True, month=month, mau=users)
    UsageCount.objects.create(
        organisation=organisation,
        livemode=True,
        day=month,
        meter="mau",
        key_id="",
        family="",
        late=False,
        quantity=users,
    )


class TestADraft:
    def test_is_prepared_for_the_next_month(self, drafted: PriceVersion) -> None:
        assert drafted.effective_at == next_month(now())
        assert drafted.published_at is None

    def test_shows_where_its_total_falls(self, operator: Client, drafted: PriceVersion) -> None:
        shown = operator.get(page(drafted)).content.decode()
        assert "from 500.00 USD at 100,000 to 200.00 USD at 100,001" in shown
        assert "10,000–100,000: 0.005" in shown

    def test_that_falls_is_not_published_by_mistake(
        self, operator: Client, drafted: PriceVersion
    ) -> None:
        answer = operator.post(page(drafted), form_of(operator, page(drafted)) | {PUBLISH: ""})
        said = " ".join(str(message) for message in get_messages(answer.wsgi_request))
        assert "200.00 USD at 100,001" in said
        assert "volume_floor avoids it" in said
        drafted.refresh_from_db()
        assert drafted.published_at is None

    def test_is_published_with_what_was_typed_beside_the_button(
        self, operator: Client, drafted: PriceVersion
    ) -> None:
        form = form_of(operator, page(drafted))
        form["prices-0-mode"] = "volume_floor"
        answer = operator.post(page(drafted), form | {PUBLISH: ""})
        said = [str(message) for message in get_messages(answer.wsgi_request)]
        assert said == [
            f"published v2 is published, in force from {next_month(now()):%Y-%m-%d} 00:00 UTC."
        ]
        drafted.refresh_from_db()
        assert drafted.published_at is not None
        assert terms_of(drafted).prices[0].mode is Mode.VOLUME_FLOOR

    def test_has_its_bands_edited_on_the_page_of_the_meter(
        self, operator: Client, drafted: PriceVersion
    ) -> None:
        path = f"/admin/billing/meterprice/{drafted.prices.get().pk}/change/"
        assert f'href="{path}"' in operator.get(page(drafted)).content.decode()
        form = form_of(operator, path)
        assert [form[f"bands-{band}-unit_price"] for band in range(3)] == ["0", "0.005", "0.002"]
        form |= {"bands-2-unit_price": "0.006", "bands-2-flat": "1"}
        answer = operator.post(path, form)
        assert answer.headers["Location"] == page(drafted)
        (price,) = terms_of(drafted).prices
        assert str(price.bands[2].unit_price.normalize()) == "0.006"
        assert "100,001 and more: 0.006 and 1 once" in operator.get(page(drafted)).content.decode()

    def test_with_a_gap_says_so_and_is_not_published(
        self, operator: Client, drafted: PriceVersion
    ) -> None:
        drafted.prices.get().bands.filter(first=10_000).delete()
        gap = "gap between the bands 0–9,999 and 100,001 and more"
        assert gap in operator.get(page(drafted)).content.decode()
        operator.post(page(drafted), form_of(operator, page(drafted)) | {PUBLISH: ""})
        drafted.refresh_from_db()
        assert drafted.published_at is None
        assert gap in operator.get(f"{VERSIONS}{drafted.pk}/rehearsal/").content.decode()

    def test_prices_only_meters_that_there_are(
        self, operator: Client, drafted: PriceVersion
    ) -> None:
        drafted.prices.update(meter="applause")
        assert "There is no meter applause." in operator.get(page(drafted)).content.decode()


class TestARehearsal:
    def test_says_what_last_month_would_have_cost(
        self, operator: Client, drafted: PriceVersion, tenant: Tenant, stranger: Tenant
    ) -> None:
        used(tenant.organisation, 150_000)
        used(stranger.organisation, 11_000)
        drafted.prices.update(mode="volume_floor")
        shown = operator.get(f"{VERSIONS}{drafted.pk}/rehearsal/").content.decode()
        cells = [cell.strip() for cell in shown.split("<td") if "USD" in cell]
        amounts = [cell.split("USD")[0].split()[-1] for cell in cells]
        assert amounts == [
            *("355.00", "555.00", "200.00"),  # all
            *("300.00", "500.00", "200.00"),
            *("55.00", "55.00", "0.00"),
        ]

    def test_counts_who_used_nothing_and_would_owe(
        self, operator: Client, drafted: PriceVersion, tenant: Tenant, stranger: Tenant
    ) -> None:
        before = month_before(now())
        Organisation.objects.filter(pk=tenant.organisation.pk).update(created_at=before)
        drafted.prices.get().bands.filter(first=0).update(flat=10)
        shown = operator.get(f"{VERSIONS}{drafted.pk}/rehearsal/").content.decode()
        assert shown.count("10.00 USD") == 4  # all, and the one that was there

    def test_is_for_whoever_may_look(self, viewer: Client, drafted: PriceVersion) -> None:
        assert viewer.get(f"{VERSIONS}{drafted.pk}/rehearsal/").status_code == 200
        assert Client().get(f"{VERSIONS}{drafted.pk}/rehearsal/").status_code == 302
        assert viewer.get(f"{VERSIONS}999999/rehearsal/").status_code == 404


class TestAPublishedVersion:
    def test_is_never_edited(self, operator: Client) -> None:
        version = PriceVersion.objects.get(price_list=PUBLISHED)
        for path in (page(version), f"/admin/billing/meterprice/{version.prices.get().pk}/change/"):
            shown = operator.get(path)
            assert shown.status_code == 200
            assert PUBLISH not in shown.content.decode()
            assert operator.post(path, {"mode": "graduated", PUBLISH: ""}).status_code == 403
        assert operator.post(f"{VERSIONS}{version.pk}/delete/").status_code == 403
        assert operator.post(f"{LISTS}{PUBLISHED}/delete/").status_code == 403

    def test_keeps_its_list_s_currency(self, operator: Client) -> None:
        path = f"{LISTS}{PUBLISHED}/change/"
        operator.post(path, form_of(operator, path) | {"name": "Prices", "currency": "eur"})
        kept = PriceList.objects.get(pk=PUBLISHED)
        assert (kept.name, kept.currency) == ("Prices", "usd")


class TestAViewer:
    def test_publishes_nothing(self, viewer: Client, drafted: PriceVersion) -> None:
        assert viewer.get(page(drafted)).status_code == 200
        assert viewer.post(page(drafted), {PUBLISH: ""}).status_code == 403
        act(viewer, LISTS, "prepare", PUBLISHED)
        assert PriceVersion.objects.count() == 2

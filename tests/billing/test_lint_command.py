"""`tifo prices lint`: what an operator reads before publishing."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billing.models import PriceList, PriceVersion
from billing.services.prices import publish
from tests.billing.making import PUBLISHED_BANDS, day, draft, price_list

pytestmark = pytest.mark.django_db
FALL = (
    "published v1: mau: the total falls by 300.00 USD, from 500.00 USD at 100,000 to 200.00 USD "
    "at 100,001; it is below it until 250,000.\n"
)


def lint(*asked: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("prices", "lint", *asked, stdout=out)
    except CommandError as failed:
        return out.getvalue(), failed.returncode
    return out.getvalue(), 0


class TestTheLint:
    def test_names_where_the_published_total_falls(self) -> None:
        assert lint() == (FALL, 1)
        assert lint("published") == (FALL, 1)

    @pytest.mark.parametrize("mode", ["graduated", "volume_floor"])
    def test_reads_the_bands_in_another_mode(self, mode: str) -> None:
        assert lint("published", "--mode", mode) == ("No total falls in published v1.\n", 0)
        assert lint("--mode", "volume") == (FALL, 1)

    def test_looks_at_what_is_in_force_and_at_what_is_to_follow(self) -> None:
        published = PriceList.objects.get(pk="published")
        next_one = draft(
            published, effective_at=day(1, year=2090), mode="volume_floor", bands=PUBLISHED_BANDS
        )
        draft(published, effective_at=day(1, year=2091), bands=PUBLISHED_BANDS)
        publish(version=next_one, now=day(12))
        said, code = lint("published")
        assert said == FALL + FALL.replace("published v1", "published v3 (draft)")
        assert code == 1
        floor = "No total falls in published v1, published v2, published v3 (draft).\n"
        assert lint("published", "--mode", "volume_floor") == (floor, 0)

    def test_leaves_out_what_is_not_in_force_any_more(self) -> None:
        published = PriceList.objects.get(pk="published")
        later = draft(published, effective_at=day(2), mode="volume_floor", bands=PUBLISHED_BANDS)
        PriceVersion.objects.filter(pk=later.pk).update(published_at=day(1))
        price_list("acme")
        assert lint() == ("No total falls in acme v1, published v2.\n", 0)
        assert lint("acme") == ("No total falls in acme v1.\n", 0)

    def test_names_a_gap(self) -> None:
        made = price_list("acme")
        draft(made, effective_at=day(12), bands=[(0, 9, "1"), (20, None, "1")])
        said, code = lint("acme")
        gap = "acme v2 (draft): mau: There is a gap between the bands 0–9 and 20 and more"
        assert said.startswith(gap)
        assert code == 1

    def test_of_a_list_that_is_not_there_says_so(self) -> None:
        assert lint("nothing") == ("", 2)

"""Limits as they are published: on the page, in words, in the document, and who has more."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils.html import strip_tags
from drf_spectacular.generators import SchemaGenerator

from apps.portal.sheet import words
from foundation import clock
from gateway.contract import catalogue
from tenants.limits import Algorithm, LimitScope
from tenants.models import Limit, TierVersion
from tenants.offers import allows_more
from tenants.queries import LimitValue
from tests.account.limits import EFFECTS, limits_of
from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


def rate(quantity: int, burst: int, **other: Any) -> LimitValue:
    return LimitValue(
        "effects", Algorithm.RATE, "effect", quantity, 1_000, burst, "effects", **other
    )


class TestMore:
    def test_is_more_in_some_respect_and_less_in_none(self) -> None:
        now = rate(10, 20)
        assert allows_more(None, now)
        assert allows_more(rate(10, 21), now)
        assert allows_more(rate(11, 20), now)
        assert not allows_more(rate(10, 20), now)
        assert not allows_more(rate(100, 19), now)
        assert not allows_more(rate(9, 200), now)

    def test_is_not_said_of_what_counts_otherwise(self) -> None:
        assert not allows_more(rate(100, 200, scope=LimitScope.KEY), rate(10, 20))
        held = LimitValue("effects", Algorithm.CONCURRENCY, "effect", 100, 1_000, 0, "effects")
        assert not allows_more(held, rate(10, 20))

    def test_compares_a_window_with_a_rate(self) -> None:
        window = LimitValue("effects", Algorithm.WINDOW, "effect", 36_000, 3_600_000, 0, "effects")
        assert allows_more(window, rate(10, 20))
        assert not allows_more(window, rate(11, 20))


class TestThePage:
    def text(self, api: Client) -> str:
        return " ".join(strip_tags(api(None).get("/docs/limits").content.decode()).split())

    def test_publishes_every_number(self, api: Client, settings: Any) -> None:
        text = self.text(api)
        for told in (
            "10 a second, 20 at once",
            "1 every 2 s, 5 at once",
            "500 in any 60 minutes",
            "2,000 at the same time",
            "0 to 9,999",
            "100,001 and more",
            "free",
            "0.005 USD",
            "below 13 billion parameters",
            "up to 7 billion parameters, quantised",
            "below 1 billion",
            "30 minutes",
            "128 MiB",
            "20 a minute, 20 at once",
            "60 an hour, 60 at once",
            f"{settings.GATE_DEGRADED_FRACTION:.0%}",
            f"{settings.GATE_DEGRADED_RESERVE:.0%}",
            "POST /v1/effects",
        ):
            assert told in text, told

    def test_tells_how_to_have_more_where_refusals_point(self, api: Client, tenant: Tenant) -> None:
        docs = limits_of(api(tenant.live_key))["requests"]["upgrade"]["docs"]
        page, _, anchor = docs.partition("#")
        assert f'id="{anchor}"' in api(None).get(page).content.decode()

    def test_follows_the_version_in_force(self, api: Client) -> None:
        now = clock.now()
        for number, begins_at in ((2, now - timedelta(days=1)), (3, now + timedelta(days=9))):
            version = TierVersion.objects.create(
                tier_id="beta", number=number, effective_at=begins_at, mau_from=0
            )
            Limit.objects.create(
                version=version, name="scores", algorithm=Algorithm.WINDOW, unit="score",
                quantity=77, per_ms=86_400_000, scope=LimitScope.END_USER, routes=["GET /v1/usage"],
            )  # fmt: skip
            Limit.objects.create(
                version=version, name="tried", algorithm=Algorithm.RATE, unit="score", quantity=66,
                per_ms=1_000, burst=66, shadow=True,
            )  # fmt: skip
        text = self.text(api)
        assert "77 in any 24 hours for each fan, on GET /v1/usage" in text
        assert "66 a second" not in text
        assert f"{now + timedelta(days=9):%Y-%m-%d}" in text


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        (rate(3, 9), "3 a second, 9 at once"),
        (rate(3, 9, scope=LimitScope.KEY), "3 a second, 9 at once for each key"),
        (rate(3, 9, scope=LimitScope.ROUTE), "3 a second, 9 at once for each operation"),
    ],
)
def test_a_limit_is_told_in_words(limit: LimitValue, told: str) -> None:
    assert words(limit) == told


def test_the_document_tells_what_each_gated_operation_costs() -> None:
    document = SchemaGenerator().get_schema(request=None, public=True)
    told = {
        f"{method.upper()} {path}": operation["x-tifo-cost"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "x-tifo-cost" in operation
    }
    assert told == {route: dict(each.cost) for route, each in catalogue.operations().items()}
    assert told[EFFECTS] == {"requests": 1, "effects": 1}

"""What the servers of the gate's figures are asked, and for whom."""

import json

import pytest

from bench.stage import FANS, PLENTY, Endpoint, generous_organisation
from foundation.clock import now
from tenants import queries


class TestAnEndpoint:
    def test_is_asked_of_every_fan_with_every_credential_in_turn(self) -> None:
        asked = Endpoint(pid=1, port=2).asked("/here", ["Bearer a", "Bearer b"])
        heads, bodies = zip(*(each.split("\r\n\r\n") for each in asked.requests), strict=True)
        assert all(head.startswith("POST /here HTTP/1.1\r\n") for head in heads)
        assert ["Authorization: Bearer a" in head for head in heads[:3]] == [True, False, True]
        assert [json.loads(body) for body in bodies] == [
            {"end_users": [f"fan-{fan}"]} for fan in range(FANS)
        ]


@pytest.mark.django_db
class TestTheOrganisation:
    def test_has_all_limits_of_tier_pro_but_wider(self) -> None:
        organisation = generous_organisation()
        tier = queries.tier_version("pro", now())
        published = queries.tier_limits(tier)
        own = queries.limits(organisation, tier)
        assert organisation.tier_id == "pro"
        assert own.keys() == published.keys()
        for name, limit in own.items():
            assert (limit.algorithm, limit.per_ms) == (
                published[name].algorithm,
                published[name].per_ms,
            )
            assert limit.quantity == PLENTY > published[name].quantity

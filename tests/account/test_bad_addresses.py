"""An address that is none of ours is answered with a problem."""

from collections.abc import Callable

import pytest

from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


class TestABadAddress:
    @pytest.mark.parametrize("path", ["/v1/keys/%00", "/v1/keys?cursor=%00"])
    def test_with_a_nul_is_refused(self, api: Client, tenant: Tenant, path: str) -> None:
        assert api(tenant.live_key).get(path).status_code == 400

    def test_that_leads_nowhere_is_a_problem(self, api: Client) -> None:
        lost = api(None).get("/v1/nowhere")
        assert lost.status_code == 404
        assert lost.json()["code"] == "not-found"

    def test_with_the_wrong_method_is_a_problem(self, api: Client, tenant: Tenant) -> None:
        assert api(tenant.live_key).delete("/v1/usage").json()["code"] == "method-not-allowed"

"""Pages are read at one address each, and by no method that would change something."""

import pytest
from django.test import Client

PAGES = [
    "/",
    "/live",
    "/reference",
    "/openapi.yaml",
    "/docs",
    "/docs/tutorial",
    "/docs/tutorial.md",
]
OTHERS = [
    "/docs/errors",
    "/docs/errors/invalid",
    "/docs/limits",
    "/favicon.ico",
    "/docs/",
    "/livez",
]
pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor() -> Client:
    """Held to what the middleware asks of a form, as every browser is."""
    return Client(enforce_csrf_checks=True)


class TestMethods:
    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE"])
    @pytest.mark.parametrize("path", [*PAGES, *OTHERS, "/readyz"])
    def test_that_only_change_are_refused(self, visitor: Client, path: str, method: str) -> None:
        refused = visitor.generic(method, path)
        assert refused.status_code == 405
        assert refused["Allow"] == "GET, HEAD"
        assert refused.json()["code"] == "method-not-allowed"

    @pytest.mark.parametrize("path", PAGES)
    def test_that_read_are_both_answered(self, visitor: Client, path: str) -> None:
        assert visitor.get(path).status_code == visitor.head(path).status_code == 200


class TestAddresses:
    @pytest.mark.parametrize(
        ("asked", "leads_to"),
        [
            ("/docs/", "/docs"),
            ("/reference/", "/reference"),
            ("/docs/tutorial/", "/docs/tutorial"),
            ("/docs/errors/invalid/?a=1", "/docs/errors/invalid?a=1"),
            ("/live/", "/live"),
        ],
    )
    def test_with_a_slash_lead_to_the_page(
        self, visitor: Client, asked: str, leads_to: str
    ) -> None:
        led = visitor.get(asked)
        assert (led.status_code, led["Location"]) == (301, leads_to)
        assert visitor.get(leads_to).status_code == 200

    def test_of_the_icon_leads_to_the_mark(self, visitor: Client) -> None:
        led = visitor.get("/favicon.ico")
        assert led.status_code == 302
        mark = visitor.get(led["Location"])
        mark.close()  # its file
        assert (mark.status_code, mark["Content-Type"]) == (200, "image/svg+xml")

"""Every page in headless Chromium, desktop and phone: no error, nothing asked of other hosts."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from foundation import events
from tests.conftest import Api, Tenant

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
PAGES = [
    "/",
    "/live",
    "/docs",
    "/docs/tutorial",
    "/docs/how-to/benchmarks",
    "/docs/reference/environment",
    "/docs/reference/limits",
    "/docs/decisions/0016-epochs",
    "/docs/limits",
    "/docs/errors",
    "/docs/errors/quota-exceeded",
    "/reference",
]


@contextmanager
def opened(browser: Browser, address: str, size: str = "desktop") -> Iterator[Page]:
    """A page that fails the test for any console error or request to another host."""
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    troubles: list[str] = []
    host = address.split("/")[2]
    page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "request",
        lambda r: None if host in r.url or r.url.startswith("data:") else troubles.append(r.url),
    )
    answer = page.goto(address, wait_until="networkidle" if "#" not in address else "load")
    assert answer is not None
    assert answer.status == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    yield page
    assert troubles == []
    page.close()


class TestEveryPage:
    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("path", PAGES)
    def test_opens_clean_and_fits_its_width(
        self, browser: Browser, origin: str, path: str, size: str
    ) -> None:
        with opened(browser, origin + path, size) as page:
            overflow = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert overflow <= 0


class TestTheOperatorsDoor:
    def test_lets_the_operator_in_by_a_real_form(self, browser: Browser, origin: str) -> None:
        User.objects.create_superuser("operator", password="floodlights-on")
        page = browser.new_page()
        page.goto(f"{origin}/admin/")
        page.fill("input[name=username]", "operator")
        page.fill("input[name=password]", "floodlights-on")
        page.click("button[type=submit]")
        page.goto(f"{origin}/admin/tenants/tierversion/")
        expect(page.locator("body")).to_contain_text("enterprise v1")
        page.close()


class TestTheLivePage:
    @pytest.fixture
    def link(self, origin: str, tenant: Tenant, api: Callable[[str | None], Api]) -> str:
        made: str = api(tenant.live_key).post("/v1/view-links").json()["url"]
        return origin + "/live#" + made.partition("#")[2]

    def send(self, tenant: Tenant, event: dict[str, object]) -> None:
        group = events.group(tenant.organisation.pk, livemode=True)
        # Playwright's loop runs in this thread, so the event is sent from another.
        with ThreadPoolExecutor(1) as other:
            other.submit(async_to_sync(events.send), group, event).result()

    @pytest.mark.parametrize("size", SIZES)
    def test_shows_events_as_they_happen(
        self, browser: Browser, link: str, tenant: Tenant, size: str
    ) -> None:
        with opened(browser, link, size) as page:
            expect(page.locator("#status")).to_have_text("Live")
            parts = {"applause": 0.9, "cheer": 0.4}
            self.send(tenant, {"type": "score", "score": 83.4, "parts": parts})
            expect(page.locator("#score")).to_have_text("83")
            expect(page.locator("#parts")).to_contain_text("applause")
            job = {"id": "job_1", "kind": "live_room.render", "accelerator": "gpu", "attempt": 1}
            self.send(tenant, {"type": "job", "state": "running", "progress": 0.5, **job})
            expect(page.locator("#jobs")).to_contain_text("50 %")
            self.send(tenant, {"type": "job", "state": "succeeded", "progress": 1.0, **job})
            expect(page.locator("#jobs li")).to_have_count(1)
            expect(page.locator("#jobs")).to_contain_text("succeeded")
            expect(page.locator("#bill")).to_have_text("$0.00")

    def test_says_when_the_link_is_not_good(self, browser: Browser, origin: str) -> None:
        page = browser.new_page()
        page.goto(f"{origin}/live#view_forged")
        expect(page.locator("#notice")).to_contain_text("has ended")
        page.close()

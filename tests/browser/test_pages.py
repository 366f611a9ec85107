"""Every page in headless Chromium, desktop and phone: no error, nothing asked of other hosts."""

import json
import re
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from foundation.events.sockets import Audience, Message, send
from gateway.admission import dry_run
from tests import openapi
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


def overflow(page: Page) -> int:
    """How many pixels of the page do not fit its width."""
    wider: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wider


def resize(page: Page, size: str) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})


def brightness(page: Page, selector: str) -> int:
    """0 to 255: the brightest part of the first such element's background."""
    colour = page.locator(selector).first.evaluate("e => getComputedStyle(e).backgroundColor")
    red, green, blue, *opacity = re.findall(r"[\d.]+", colour)
    return max(int(red), int(green), int(blue)) if opacity != ["0"] else 0


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
    @pytest.mark.parametrize("path", PAGES)
    def test_opens_clean_and_fits_its_width(self, browser: Browser, origin: str, path: str) -> None:
        with opened(browser, origin + path) as page:
            for size in SIZES:
                resize(page, size)
                assert overflow(page) <= 0, size


@pytest.fixture(scope="class")
def reference(browser: Browser, origin: str) -> Iterator[Page]:
    """Opened once, for it draws every operation; who opens one of these closes it again."""
    with opened(browser, f"{origin}/reference") as page:
        yield page


class TestTheReference:
    def test_opens_its_operations_in_the_look_of_the_site_on_a_phone(
        self, browser: Browser, origin: str
    ) -> None:
        with opened(browser, f"{origin}/reference", "phone") as page:
            for method in ("get", "post", "patch", "delete"):
                block = page.locator(f".opblock-{method}").first
                block.locator(".opblock-summary-control").click()
                expect(block.locator(".responses-wrapper")).to_be_visible()
            assert overflow(page) <= 0
            for part in (".opblock-get", ".microlight", ".opblock-section-header", "html"):
                assert brightness(page, part) < 64, part
            page.locator(".btn.authorize").first.click()
            expect(page.locator(".modal-ux")).to_be_visible()
            assert overflow(page) <= 0

    def test_shows_bodies_that_can_be_sent(self, reference: Page) -> None:
        """A few of those that are sent by `tests.portal.test_examples`: all are drawn alike."""
        for _, _, operation in openapi.json_bodies()[::8]:
            block = reference.locator(f"[id$='-{operation['operationId']}']")
            block.locator(".opblock-summary-control").click()
            seen = json.loads(block.locator(".body-param__example").first.inner_text())
            assert without_moments(seen) == without_moments(openapi.shown(operation))
            block.locator(".opblock-summary-control").click()

    def test_tries_out_a_call_and_a_dry_run_of_it(self, reference: Page, tenant: Tenant) -> None:
        reference.locator(".btn.authorize").first.click()
        reference.locator(".modal-ux input").fill(tenant.live_key)
        reference.locator(".modal-ux button[type=submit]").click()
        reference.locator(".modal-ux .btn-done").click()
        block = reference.locator("#operations-account-createKey")
        block.locator(".opblock-summary-control").click()
        block.locator(".try-out__btn").click()
        body = {"name": "bot", "scopes": ["usage:read"]}
        block.locator("textarea.body-param__text").fill(json.dumps(body))
        dry = block.locator("tr[data-param-name=Tifo-Dry-Run] select")
        for asked, status in (("?0", "201"), ("?1", "200")):
            dry.select_option(asked)
            block.locator("button.execute").click()
            answer = block.locator(".live-responses-table .response-col_status")
            expect(answer.last).to_contain_text(status)
            command = block.locator(".curl-command")
            form = dry_run.CONTENT_TYPE if asked == "?1" else "application/json"
            expect(command).to_contain_text(f"accept: {form}")


def without_moments(body: Any) -> Any:
    """The body, of which each moment is the same: the page adds the present one."""
    moment = r'"\d{4}-\d\d-\d\dT[^"]+"'
    return json.loads(re.sub(moment, '"now"', json.dumps(body)))


class TestTheDocuments:
    def test_lead_to_each_other_without_a_script(self, browser: Browser, origin: str) -> None:
        with opened(browser, f"{origin}/docs") as page:
            page.get_by_role("article").get_by_role("link", name="Operate").click()
            expect(page).to_have_title("Operate · Tifo")
            contents = page.get_by_role("navigation", name="Documents")
            expect(contents.locator("[aria-current]")).to_have_text("Operate")
            contents.get_by_role("link", name="The operator's door").click()
            expect(page.locator("#the-operators-door")).to_be_in_viewport()

    def test_show_a_wide_table_as_lists_on_a_phone(self, browser: Browser, origin: str) -> None:
        with opened(browser, f"{origin}/docs/reference/environment", "phone") as page:
            row = page.locator(".wide tr", has_text="TIFO_DATA")
            tops = [row.locator("td").nth(at).bounding_box() for at in range(3)]
            heights = [box["y"] for box in tops if box]
            assert len(set(heights)) == 3


class TestTheOperatorsDoor:
    @pytest.mark.parametrize("size", SIZES)
    def test_says_when_it_takes_no_more_guesses(
        self, browser: Browser, origin: str, size: str, settings: Settings
    ) -> None:
        settings.TRUSTED_PROXIES, settings.LOGINS_PER_ADDRESS = ["127.0.0.1"], 1
        width, height = SIZES[size]
        headers = {"X-Forwarded-For": f"2001:db8:{secrets.token_hex(2)}::1"}
        page = browser.new_page(
            viewport={"width": width, "height": height}, extra_http_headers=headers
        )
        for _ in range(2):
            page.goto(f"{origin}/admin/")
            page.fill("input[name=username]", secrets.token_hex(8))
            page.fill("input[name=password]", "wrong")
            page.click("button[type=submit]")
        expect(page.locator("body")).to_contain_text("Try again in 60 minutes")
        assert overflow(page) <= 0
        page.close()

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
        message = Message(Audience(tenant.organisation.pk, True).group, event)
        # Playwright's loop runs in this thread, so the event is sent from another.
        with ThreadPoolExecutor(1) as other:
            other.submit(async_to_sync(send), [message]).result()

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
            expect(page.locator(".bill")).to_contain_text("Bill so far")
            expect(page.locator(".bill")).not_to_contain_text("not billed")

    def test_says_that_a_test_key_is_not_billed(
        self, browser: Browser, origin: str, tenant: Tenant, api: Callable[[str | None], Api]
    ) -> None:
        made: str = api(tenant.test_key).post("/v1/view-links").json()["url"]
        with opened(browser, f"{origin}/live#{made.partition('#')[2]}", "phone") as page:
            for words in ("Worth so far, not billed", "At this pace, not billed"):
                expect(page.locator(".bill")).to_contain_text(words)
            expect(page.locator(".bill")).not_to_contain_text("Bill so far")

    @pytest.mark.parametrize("mode", ["live", "test"])
    def test_takes_no_key(self, browser: Browser, origin: str, mode: str) -> None:
        page, asked = browser.new_page(), []
        page.on("request", lambda request: asked.append(request.headers.get("authorization")))
        page.goto(f"{origin}/live#tifo_{mode}_{'k' * 36}")
        expect(page.locator("#notice")).to_contain_text("/v1/view-links")
        assert not any(asked)
        page.close()

    def test_says_when_the_link_is_not_good(self, browser: Browser, origin: str) -> None:
        page = browser.new_page()
        page.goto(f"{origin}/live#view_forged")
        expect(page.locator("#notice")).to_contain_text("has ended")
        page.close()

"""The operator's door against whoever guesses, and open to its owner meanwhile."""

import logging
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client
from django.utils.crypto import salted_hmac
from pytest_django import Settings

from foundation.clock import microseconds, now
from gateway.callers import logins
from gateway.doors import operators
from gateway.refusals import TooManyAttempts
from tests.gateway.away import redis_at
from tests.gateway.conftest import PASSWORD

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"
# All that Django's form takes for the same name, and capitals.
SPELLINGS: dict[str, Callable[[str], str]] = {
    "spaces": lambda name: f"  {name}\t",
    "full width": lambda name: name.replace("owner", "ｏｗｎｅｒ"),
    "capitals": str.upper,
}


@pytest.fixture(autouse=True)
def few(settings: Settings) -> None:
    settings.LOGINS_PER_ADDRESS, settings.LOGINS_PER_ACCOUNT = 3, 5


def an_address() -> str:
    """One that no other test guesses from, of those kept for documentation."""
    return f"2001:db8:{secrets.randbelow(65536):x}:{secrets.randbelow(65536):x}::1"


def log_in(client: Client, name: str, password: str, address: str, path: str = LOGIN) -> Any:
    return client.post(path, {"username": name, "password": password}, REMOTE_ADDR=address)


def guess(name: str, address: str) -> int:
    status: int = log_in(Client(), name, "wrong", address).status_code
    return status


def fill(name: str) -> None:
    """Strangers from everywhere use up the account's guesses."""
    assert [guess(name, an_address()) for _ in range(6)] == [200] * 5 + [429]


class TestGuessing:
    def test_ends_for_an_address_whatever_names_it_tries(self, owner: User) -> None:
        address = an_address()
        answers = [guess(f"{owner.username}{number}", address) for number in range(5)]
        assert answers == [200, 200, 200, 429, 429]

    def test_ends_for_a_whole_network_of_ipv6(self, owner: User) -> None:
        network = an_address().removesuffix("1")
        answers = [guess(f"{owner.username}{n}", f"{network}{n}") for n in range(1, 5)]
        assert answers == [200, 200, 200, 429]

    def test_ends_for_an_account_from_however_many_addresses(self, owner: User) -> None:
        fill(owner.username)

    def test_ends_for_a_name_without_an_account_in_the_same_way(self) -> None:
        fill(f"nobody-{secrets.token_hex(6)}")

    @pytest.mark.parametrize("spelt", SPELLINGS.values(), ids=SPELLINGS)
    def test_is_not_helped_by_another_spelling(
        self, owner: User, spelt: Callable[[str], str]
    ) -> None:
        fill(owner.username)
        assert guess(spelt(owner.username), an_address()) == 429

    def test_never_learns_a_right_password_after_that(self, owner: User) -> None:
        address = an_address()
        for _ in range(3):
            guess(owner.username, address)
        client = Client()
        refused = log_in(client, owner.username, PASSWORD, address)
        assert refused.status_code == 429
        assert "sessionid" not in client.cookies

    def test_says_the_same_of_every_name(self, owner: User) -> None:
        def said(name: str) -> str:
            page: str = log_in(Client(), name, "wrong", an_address()).content.decode()
            token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
            return page.replace(token, "").replace(name, "")

        User.objects.create_user(f"fan-{owner.username}", password="wrong")
        nobody = secrets.token_hex(len(owner.username) // 2)
        names = (owner.username, nobody, f"fan-{owner.username}")
        assert len({said(name) for name in names}) == 1

    def test_is_refused_with_the_wait_on_a_page_of_the_admin(self, owner: User) -> None:
        address = an_address()
        for _ in range(3):
            guess(owner.username, address)
        refused = log_in(Client(), owner.username, "wrong", address)
        assert 0 < int(refused["Retry-After"]) <= 1200
        assert refused["Content-Type"].startswith("text/html")
        assert "no-store" in refused["Cache-Control"]
        assert "Try again in" in refused.content.decode()

    def test_does_not_keep_anybody_from_the_form(self, owner: User) -> None:
        address = an_address()
        for _ in range(4):
            guess(owner.username, address)
        assert Client().get(LOGIN, REMOTE_ADDR=address).status_code == 200

    def test_believes_an_address_only_from_a_trusted_proxy(
        self, owner: User, settings: Settings
    ) -> None:
        def forwarded(peer: str) -> int:
            body = {"username": secrets.token_hex(8), "password": "wrong"}
            headers = {"X-Forwarded-For": an_address()}
            answer = Client().post(LOGIN, body, REMOTE_ADDR=peer, headers=headers)
            return answer.status_code

        peer = an_address()
        assert [forwarded(peer) for _ in range(4)] == [200, 200, 200, 429]
        settings.TRUSTED_PROXIES = [peer]
        assert [forwarded(peer) for _ in range(4)] == [200] * 4


class TestTheOwner:
    def test_is_let_in_by_a_known_browser_while_strangers_guess(self, owner: User) -> None:
        browser = Client()
        assert log_in(browser, owner.username, PASSWORD, an_address()).status_code == 302
        browser.post("/admin/logout/")
        fill(owner.username)
        assert log_in(Client(), owner.username, PASSWORD, an_address()).status_code == 429
        assert log_in(browser, owner.username, PASSWORD, an_address()).status_code == 302

    def test_is_let_in_beside_a_stranger_who_shares_the_address(self, owner: User) -> None:
        browser, address = Client(), an_address()
        log_in(browser, owner.username, PASSWORD, address)
        assert [guess(f"{owner.username}x", address) for _ in range(4)][-1] == 429
        assert log_in(browser, owner.username, PASSWORD, address).status_code == 302

    def test_has_only_so_many_guesses_in_a_known_browser(self, owner: User) -> None:
        browser = Client()
        log_in(browser, owner.username, PASSWORD, an_address())
        wrong = [
            log_in(browser, owner.username, "wrong", an_address()).status_code for _ in range(4)
        ]
        assert wrong == [200, 200, 200, 429]

    def test_of_another_account_is_a_stranger_here(self, owner: User) -> None:
        other = User.objects.create_superuser(f"other-{owner.username}", password=PASSWORD)
        browser = Client()
        log_in(browser, other.username, PASSWORD, an_address())
        fill(owner.username)
        assert log_in(browser, owner.username, "wrong", an_address()).status_code == 429

    def test_is_let_in_from_the_machine_itself(self, owner: User) -> None:
        fill(owner.username)
        address = f"127.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
        assert log_in(Client(), owner.username, PASSWORD, address).status_code == 302
        assert [guess(owner.username, address) for _ in range(4)] == [200, 200, 200, 429]

    def test_pays_nothing_for_a_right_password(self, owner: User) -> None:
        address = an_address()
        for _ in range(8):
            assert log_in(Client(), owner.username, PASSWORD, address).status_code == 302
        assert [guess(owner.username, address) for _ in range(4)] == [200, 200, 200, 429]

    def test_has_a_browser_that_says_nothing_of_the_account(self, owner: User) -> None:
        browser = Client()
        log_in(browser, owner.username, PASSWORD, an_address())
        cookie = browser.cookies[operators.COOKIE]
        assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (
            "/admin/",
            True,
            "Strict",
        )
        assert owner.username not in cookie.value


class TestAKnownBrowser:
    def test_is_forgotten_after_its_days(self, moment: datetime, settings: Settings) -> None:
        settings.LOGIN_BROWSER_DAYS = 30
        cookie, account = logins.remember("owner", now=moment), logins.account_of("owner")
        day = timedelta(days=1)
        assert logins.known_browser(cookie, account, now=moment + 29 * day)
        assert not logins.known_browser(cookie, account, now=moment + 31 * day)

    @pytest.mark.parametrize("forged", ["", "x", "a:b", "W10:x", "\x00", "é" * 500])
    def test_cannot_be_made_up(self, moment: datetime, forged: str) -> None:
        assert not logins.known_browser(forged, logins.account_of("owner"), now=moment)

    def test_is_not_another_signature_of_the_platform(self, moment: datetime) -> None:
        real = logins.remember("owner", now=moment)
        assert not logins.known_browser(real[:-1] + "~", logins.account_of("owner"), now=moment)


class TestWithoutRedis:
    @pytest.fixture(autouse=True)
    def redis_is_away(self) -> Iterator[None]:
        with redis_at("redis://127.0.0.1:1/0"):
            yield

    def test_guessing_ends_all_the_same(self, owner: User) -> None:
        address = an_address()
        assert [guess(owner.username, address) for _ in range(4)] == [200, 200, 200, 429]

    def test_the_owner_is_let_in(self, owner: User) -> None:
        browser = Client()
        assert log_in(browser, owner.username, PASSWORD, an_address()).status_code == 302
        fill_from = [guess(owner.username, an_address()) for _ in range(6)]
        assert fill_from[-1] == 429
        assert log_in(browser, owner.username, PASSWORD, an_address()).status_code == 302


class TestTheLog:
    def test_has_a_line_for_each_try_and_no_name_or_password(
        self, owner: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "gateway.doors.operators")
        address = an_address()
        log_in(Client(), owner.username, PASSWORD, address)
        for _ in range(4):
            log_in(Client(), owner.username, "a-wrong-password", address)
        lines = [(record.levelname, record.getMessage()) for record in caplog.records]
        assert lines == [
            ("INFO", "operator logged in"),
            *[("WARNING", "operator login failed")] * 3,
            ("WARNING", "operator login not tried"),
        ]
        told = [vars(record) for record in caplog.records]
        assert {line["address"] for line in told} == {address}
        assert len({line["account"] for line in told}) == 1
        assert told[-1]["retry_after_ms"] > 0
        for secret in (owner.username, PASSWORD, "a-wrong-password"):
            assert secret not in str(told)


class TestTheChangeOfAPassword:
    def change(self, client: Client, old: str) -> int:
        fresh = "a-new-password-of-length"
        body = {"old_password": old, "new_password1": fresh, "new_password2": fresh}
        answer = client.post("/admin/password_change/", body)
        return answer.status_code

    def test_takes_as_few_guesses_at_the_old_one(self, owner: User) -> None:
        client = Client()
        client.force_login(owner)
        assert [self.change(client, "wrong") for _ in range(4)] == [200, 200, 200, 429]
        assert self.change(client, PASSWORD) == 429


class TestAttempt:
    def test_tells_the_wait(self) -> None:
        name, address = secrets.token_hex(8), an_address()
        for _ in range(3):
            logins.attempt(name, address, "", now=now())
        with pytest.raises(TooManyAttempts) as refused:
            logins.attempt(name, address, "", now=now())
        assert 0 < refused.value.facts["retry_after_ms"] <= 1_200_000

    def test_counts_tries_at_the_same_time_one_by_one(self) -> None:
        name, address, moment = secrets.token_hex(8), an_address(), now()

        def passes(_: int) -> bool:
            try:
                logins.attempt(name, address, "", now=moment)
            except TooManyAttempts:
                return False
            return True

        with ThreadPoolExecutor(8) as threads:
            assert sum(threads.map(passes, range(24))) == 3


class TestLastingNames:
    """Cookies of 180 days and counts of accounts outlive every move of the code."""

    def test_know_a_browser_of_any_release(self, owner: User) -> None:
        signed = signing.Signer(salt="gateway.logins.browser")
        account = logins.account_of(owner.username)
        cookie = signed.sign_object([account, "its-token", microseconds(now())])
        assert logins.known_browser(cookie, account, now=now()) == "its-token"

    def test_count_an_account_as_any_release_does(self) -> None:
        hashed = salted_hmac("gateway.logins.account", "owner", algorithm="sha256").hexdigest()
        assert logins.account_of(" Owner ") == hashed[:32]

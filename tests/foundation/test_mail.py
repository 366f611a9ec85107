"""Letters: written once with their reason, sent once, tried again, given up in the end."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.mail import EmailMessage
from pydantic import SecretStr, ValidationError
from pytest_django import Settings

from foundation.mail import checks
from foundation.mail import services as mail
from foundation.mail.models import Letter
from tifo.environment import Environment

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SENDER = "Tifo <tifo@platform.example>"
LOCAL = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(autouse=True)
def mail_server(settings: Settings) -> None:
    settings.MAIL_FROM = SENDER


def write(*to: str) -> None:
    addresses = to or ["ana@terrace.example"]
    mail.write(source="mau:org_1:80", to=addresses, subject="80 %", text="Soon.", now=NOW)


def next_try() -> datetime:
    found = Letter.objects.get().next_try_at
    assert found is not None
    return found


@pytest.mark.django_db
class TestALetter:
    def test_is_sent_once(self, mailoutbox: list[EmailMessage]) -> None:
        write()
        write()
        assert (mail.deliver(now=NOW), mail.deliver(now=NOW)) == (1, 0)
        [sent] = mailoutbox
        assert (sent.to, sent.from_email) == (["ana@terrace.example"], SENDER)
        assert sent.extra_headers["Message-ID"] == f"<{Letter.objects.get().pk}@platform.example>"

    def test_goes_to_all_however_many(self, mailoutbox: list[EmailMessage]) -> None:
        write(*[f"fan-{number}@terrace.example" for number in range(mail.AT_ONCE + 3)])
        assert mail.deliver(now=NOW) == len(mailoutbox) == mail.AT_ONCE + 3

    def test_is_not_written_where_no_server_is_set_up(self, settings: Settings) -> None:
        settings.MAIL_FROM = ""
        write()
        assert not Letter.objects.exists()

    def test_is_tried_again_ever_more_seldom(
        self, settings: Settings, mailoutbox: list[EmailMessage]
    ) -> None:
        write()
        settings.EMAIL_BACKEND = "tests.foundation.postmen.Away"
        waits = []
        for _ in range(4):
            due = next_try()
            assert mail.deliver(now=due) == 0
            waits.append(next_try() - due)
        assert waits == [timedelta(minutes=5 * 2**tried) for tried in range(4)]
        settings.EMAIL_BACKEND = LOCAL
        assert mail.deliver(now=NOW + timedelta(hours=2)) == len(mailoutbox) == 1

    def test_is_given_up_after_two_days(self, settings: Settings) -> None:
        write()
        settings.EMAIL_BACKEND = "tests.foundation.postmen.Away"
        at = NOW
        while (due := Letter.objects.get().next_try_at) is not None:
            at = due
            mail.deliver(now=at)
        assert timedelta(days=1) < at - NOW < timedelta(days=3)
        assert Letter.objects.get().tries == mail.MOST_TRIES

    def test_to_nobody_is_given_up_at_once(self, settings: Settings) -> None:
        write()
        settings.EMAIL_BACKEND = "tests.foundation.postmen.Unknown"
        assert mail.deliver(now=NOW) == 0
        assert Letter.objects.get().next_try_at is None

    def test_goes_out_after_its_sender_has_died(
        self, settings: Settings, mailoutbox: list[EmailMessage]
    ) -> None:
        write()
        settings.EMAIL_BACKEND = "tests.foundation.postmen.Dying"
        with pytest.raises(SystemExit):
            mail.deliver(now=NOW)
        settings.EMAIL_BACKEND = LOCAL
        assert mail.deliver(now=NOW + mail.FIRST_WAIT - timedelta(seconds=1)) == 0
        assert mail.deliver(now=NOW + mail.FIRST_WAIT) == len(mailoutbox) == 1

    def test_is_forgotten_after_a_month(self) -> None:
        write()
        mail.forget(now=NOW + mail.KEPT - timedelta(seconds=1))
        assert Letter.objects.exists()
        mail.forget(now=NOW + mail.KEPT)
        assert not Letter.objects.exists()


class TestAServer:
    def test_that_is_missing_is_told_to_the_operator(self, settings: Settings) -> None:
        assert checks.mail_server(None) == []
        settings.MAIL_FROM = ""
        [told] = checks.mail_server(None)
        assert told.id == "tifo.W002"

    @pytest.mark.parametrize(
        ("url", "found"),
        [
            ("smtps://m.example", ("m.example", 465, "", "", True, False)),
            (
                "smtp+tls://ana:p%40ss@m.example:2525",
                ("m.example", 2525, "ana", "p@ss", False, True),
            ),
            ("smtp://127.0.0.1", ("127.0.0.1", 25, "", "", False, False)),
        ],
    )
    def test_is_named_by_a_url(self, url: str, found: tuple[object, ...]) -> None:
        told = Environment(email_url=SecretStr(url), email_from=SENDER).mail_server
        assert told is not None
        assert tuple(told) == found

    @pytest.mark.parametrize(
        ("url", "sender"),
        [("http://m.example", SENDER), ("smtps:///", SENDER), ("smtps://m.example", "")],
    )
    def test_of_another_kind_or_without_a_sender_is_refused(self, url: str, sender: str) -> None:
        with pytest.raises(ValidationError):
            Environment(email_url=SecretStr(url), email_from=sender)

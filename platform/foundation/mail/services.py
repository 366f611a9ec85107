"""Writes: letters, in the transaction that gives their reason, and their way out.

A letter is sent once. If a process dies between the mail server's yes and the row that says so, it
goes out again under the same Message-ID, which lets the receiver's side drop the second.
"""

import logging
import smtplib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection

from foundation.ids import new_id
from foundation.mail.models import Letter

logger = logging.getLogger(__name__)
FIRST_WAIT: Final = timedelta(minutes=5)  # longer than a mail server may take
LONGEST_WAIT: Final = timedelta(hours=6)
MOST_TRIES: Final = 14  # about two days
AT_ONCE: Final = 50
KEPT: Final = timedelta(days=30)


def write(*, source: str, to: Iterable[str], subject: str, text: str, now: datetime) -> None:
    """Write to each address, once for this `source`; nothing where no mail server is set up."""
    if not settings.MAIL_FROM:
        logger.info("no mail server is set up: not written", extra={"source": source})
        return
    Letter.objects.bulk_create(
        [
            Letter(
                id=new_id("mail", now),
                source=source,
                to=address,
                subject=subject,
                text=text,
                created_at=now,
                next_try_at=now,
            )
            for address in to
        ],
        ignore_conflicts=True,
    )


def deliver(*, now: datetime) -> int:
    """Send what is due; returns how many letters a mail server has taken."""
    sent = 0
    while letters := _claim(now):
        server = get_connection()
        for letter in letters:
            sent += _send(letter, server, now)
        server.close()
    return sent


def forget(*, now: datetime) -> None:
    """Delete letters of a month ago."""
    Letter.objects.filter(created_at__lte=now - KEPT).delete()


def _claim(now: datetime) -> list[Letter]:
    """Some that are due, which nobody else will find due for a while."""
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {"now": now, "first_s": FIRST_WAIT.seconds, "most_s": LONGEST_WAIT.seconds,
             "number": AT_ONCE},
        )  # fmt: skip
        claimed = [row[0] for row in cursor]
    return list(Letter.objects.filter(pk__in=claimed).order_by("pk"))


def _send(letter: Letter, server: BaseEmailBackend, now: datetime) -> bool:
    domain = settings.MAIL_FROM.rpartition("@")[2].rstrip(">")
    message = EmailMessage(
        letter.subject,
        letter.text,
        settings.MAIL_FROM,
        [letter.to],
        headers={"Message-ID": f"<{letter.pk}@{domain}>"},
        connection=server,
    )
    row = Letter.objects.filter(pk=letter.pk)
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        hopeless = isinstance(error, smtplib.SMTPRecipientsRefused) and all(
            code >= 500 for code, _ in error.recipients.values()
        )
        if hopeless or letter.tries >= MOST_TRIES:
            row.update(next_try_at=None)
            logger.error("mail given up", extra={"letter": letter.pk, "why": str(error)})
        else:
            logger.warning("mail not sent", extra={"letter": letter.pk, "why": str(error)})
        return False
    row.update(sent_at=now, next_try_at=None)
    return True


_CLAIM = """
    UPDATE foundation_letter SET tries = tries + 1, next_try_at = %(now)s
        + least(%(first_s)s * power(2, tries), %(most_s)s) * interval '1 second'
    WHERE id IN (SELECT id FROM foundation_letter WHERE next_try_at <= %(now)s
        ORDER BY next_try_at LIMIT %(number)s FOR UPDATE SKIP LOCKED)
    RETURNING id
"""

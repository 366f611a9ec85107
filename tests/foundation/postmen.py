"""Mail backends that fail in the ways that mail servers and processes do."""

import smtplib
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class Away(BaseEmailBackend):
    """No server answers."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise ConnectionRefusedError("nobody listens there")


class Unknown(BaseEmailBackend):
    """The server knows no such address, and never will."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise smtplib.SMTPRecipientsRefused({"ana@terrace.example": (550, b"no such user")})


class Dying(BaseEmailBackend):
    """The process ends before it hears the answer."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise SystemExit

"""What `tifo check --deploy` says of mail."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register  # noqa: A004  (Django's)


@register(deploy=True)
def mail_server(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Owners who are not warned learn of their tier's end by its refusals."""
    if settings.MAIL_FROM:
        return []
    return [
        Warning(
            "TIFO_EMAIL_URL names no mail server: owners get no warning before their tier ends.",
            hint="Set TIFO_EMAIL_URL and TIFO_EMAIL_FROM.",
            id="tifo.W002",
        )
    ]

"""Addresses of files: signed, and good for a while."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta

from django.conf import settings

from foundation.files.refusals import BadLink
from foundation.files.stores import storage
from foundation.models import StoredFile

LINK_LIFETIME = timedelta(hours=1)
_moment = re.compile(r"[0-9]{1,12}")


def signed_url(file_id: str, *, now: datetime, lifetime: timedelta = LINK_LIFETIME) -> str:
    """An address that serves the file to anyone who holds it, until `now + lifetime`."""
    expires = int((now + lifetime).timestamp())
    return (
        f"{settings.PUBLIC_URL}/v1/files/{file_id}?expires={expires}"
        f"&signature={_signature(file_id, expires)}"
    )


def check_link(file_id: str, *, expires: str, signature: str, now: datetime) -> None:
    """Raises BadLink unless `signature` is ours for this file and moment."""
    moment = int(expires) if _moment.fullmatch(expires) else 0
    genuine = hmac.compare_digest(_signature(file_id, moment).encode(), signature.encode())
    if not genuine or moment <= now.timestamp():
        raise BadLink


def direct_url(file: StoredFile, *, now: datetime, until: datetime) -> str | None:
    """The store's own address of the file, good from `now` to `until`; None where it has none."""
    seconds = max(1, int((until - now).total_seconds()))
    return storage().direct_url(
        file.path, name=file.name, content_type=file.content_type, seconds=seconds
    )


def _signature(file_id: str, expires: int) -> str:
    message = f"file:{file_id}:{expires}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()

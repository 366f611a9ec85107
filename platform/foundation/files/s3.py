"""Files in a bucket of an S3-compatible store, which all machines reach alike."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.utils.http import content_disposition_header
from storages.backends.s3 import S3Storage

from foundation.buckets import Bucket
from foundation.files.folder import CHUNK_BYTES
from foundation.files.refusals import StoreAway
from foundation.files.spools import temporary

logger = logging.getLogger(__name__)

# Other stores know neither the checksums that Amazon's client sends by itself, nor ask for them.
_CLIENT: Final = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"max_attempts": 4, "mode": "standard"},
    signature_version="s3v4",
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


class S3:
    """A store on the network (see `foundation.files.stores.Storage`).

    What it has acknowledged is durable as far as the store says so, and seen by all at once.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._prefix = bucket.prefix
        self._store = _client(bucket, bucket.endpoint)
        self._public = _client(bucket, bucket.public_url) if bucket.public_url else None

    def put(self, source: Path, path: str) -> None:
        with _told():
            self._bucket.upload_file(str(source), self._key(path))

    def size(self, path: str) -> int | None:
        try:
            with _told():
                return int(self._object(path).content_length)
        except FileNotFoundError:
            return None

    def read(self, path: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        if stop is not None and stop <= start:
            return iter(())
        span = {"Range": f"bytes={start}-{'' if stop is None else stop - 1}"}
        with _told():
            body = self._object(path).get(**span if start or stop is not None else {})["Body"]
        return _pieces(body)

    @contextmanager
    def as_path(self, path: str) -> Iterator[Path]:
        with temporary() as local:
            with _told():
                self._bucket.download_file(self._key(path), str(local))
            yield local

    def delete(self, path: str) -> None:
        with _told():
            self._object(path).delete()

    def paths(self, prefix: str, *, before: datetime) -> Iterator[str]:
        with _told():
            for each in self._bucket.objects.filter(Prefix=self._key(prefix)):
                if each.last_modified < before:
                    yield each.key.removeprefix(self._prefix)

    def direct_url(self, path: str, *, name: str, content_type: str, seconds: int) -> str | None:
        if self._public is None:
            return None
        said = {
            "ResponseContentType": content_type,
            "ResponseContentDisposition": content_disposition_header(True, name),
        }
        return str(self._public.url(self._key(path), parameters=said, expire=seconds))

    @property
    def _bucket(self) -> Any:
        return self._store.bucket  # one for each thread

    def _object(self, path: str) -> Any:
        return self._bucket.Object(self._key(path))

    def _key(self, path: str) -> str:
        return f"{self._prefix}{path}"


def _client(bucket: Bucket, endpoint: str) -> Any:
    return S3Storage(
        bucket_name=bucket.name,
        access_key=bucket.access_key or None,
        secret_key=bucket.secret_key or None,
        region_name=bucket.region or None,
        endpoint_url=endpoint or None,
        addressing_style="path" if endpoint else "auto",
        client_config=_CLIENT,
        custom_domain=None,
        querystring_auth=True,
    )


@contextmanager
def _told() -> Iterator[None]:
    """What the client raises as the OSError that the interface promises."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status == HTTPStatus.NOT_FOUND:
            raise FileNotFoundError(str(error)) from error
        logger.warning("the store refused", exc_info=error)
        raise StoreAway from error
    except (BotoCoreError, Boto3Error) as error:
        logger.warning("the store did not answer", exc_info=error)
        raise StoreAway from error


def _pieces(body: Any) -> Iterator[bytes]:
    try:
        with _told():
            yield from body.iter_chunks(CHUNK_BYTES)
    finally:
        body.close()

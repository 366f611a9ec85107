"""Forms with the same files, sent at the same time: nobody waits for one who waits for him."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from apps.model_registry.api.registering import take_parts
from apps.model_registry.services.inspecting import Given
from foundation.clock import now
from foundation.models import StoredFile

ONE, OTHER = ("one.bin", b"one"), ("other.bin", b"the other")


class Late(SimpleUploadedFile):
    """A file that is read once the other form has come as far as its own."""

    def __init__(self, name: str, content: bytes, both: threading.Barrier) -> None:
        super().__init__(name, content)
        self._both: threading.Barrier | None = both

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        both, self._both = self._both, None
        if both is not None:
            both.wait(timeout=30)
        yield from super().chunks(chunk_size)


def taken(form: dict[str, Any]) -> list[str]:
    """The names of the files, stored as under an Idempotency-Key: in one transaction to the end."""
    given = list[Given]()
    try:
        with transaction.atomic():
            take_parts(form, given, organisation_id="org_a", now=now())
    finally:
        connection.close()
    return [each.file.name for each in given]


@pytest.mark.django_db(transaction=True)
def test_the_same_files_in_another_order(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    both = threading.Barrier(2)
    forms = [
        {"file": SimpleUploadedFile(*first), "file_2": Late(*second, both)}
        for first, second in ((ONE, OTHER), (OTHER, ONE))
    ]
    with ThreadPoolExecutor(2) as threads:
        names = list(threads.map(taken, forms))
    assert names == [["one.bin", "other.bin"], ["other.bin", "one.bin"]]
    assert StoredFile.objects.count() == 4

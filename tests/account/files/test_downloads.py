"""Downloads by signed address: whole, in part, and not at all."""

from typing import Any

import pytest
from django.test import Client

from foundation import clock, files
from foundation.buckets import Bucket
from foundation.models import StoredFile

pytestmark = pytest.mark.django_db


@pytest.fixture
def file() -> StoredFile:
    return files.store(
        organisation_id="org_a", name="olé.wav", content_type="audio/wav",
        chunks=[b"abcdef"], now=clock.now(),
    )  # fmt: skip


def get(file: StoredFile, **headers: str) -> Any:
    return Client().get(files.signed_url(file.pk, now=clock.now()), headers=headers)


class TestADownload:
    def test_has_name_type_length_and_digest(self, file: StoredFile) -> None:
        answer = get(file)
        assert (answer.status_code, b"".join(answer)) == (200, b"abcdef")
        told = {name: answer[name] for name in ("Content-Type", "Content-Length", "Accept-Ranges")}
        assert told == {
            "Content-Type": "audio/wav",
            "Content-Length": "6",
            "Accept-Ranges": "bytes",
        }
        assert answer["Content-Disposition"] == "attachment; filename*=utf-8''ol%C3%A9.wav"
        assert answer["ETag"] == f'"{file.sha256}"'

    def test_goes_on_where_it_broke_off(self, file: StoredFile) -> None:
        rest = get(file, **{"Range": "bytes=4-", "If-Range": f'"{file.sha256}"'})
        assert (rest.status_code, b"".join(rest)) == (206, b"ef")
        assert (rest["Content-Range"], rest["Content-Length"]) == ("bytes 4-5/6", "2")

    def test_of_a_part_of_something_else_is_whole(self, file: StoredFile) -> None:
        answer = get(file, **{"Range": "bytes=4-", "If-Range": '"another"'})
        assert (answer.status_code, b"".join(answer)) == (200, b"abcdef")

    def test_behind_the_end_is_refused(self, file: StoredFile) -> None:
        answer = get(file, Range="bytes=6-")
        assert (answer.status_code, answer.json()["code"]) == (416, "range-not-satisfiable")
        assert answer["Content-Range"] == "bytes */6"

    def test_without_its_bytes_has_ended(self, file: StoredFile) -> None:
        files.open_path(file).unlink()
        assert get(file).status_code == 404

    def test_of_a_store_that_is_away_is_worth_another_try(
        self, file: StoredFile, settings: Any
    ) -> None:
        settings.BUCKET = Bucket("terrace", "", "http://127.0.0.1:9", "eu-west-1", "a", "b")
        answer = get(file)
        assert (answer.status_code, answer.json()["code"]) == (503, "storage-away")
        assert answer["Retry-After"] == "5"
        assert "127.0.0.1" not in answer.content.decode()

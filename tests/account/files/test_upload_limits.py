"""What a tier takes by way of uploads, and what a creation must say."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from foundation.files import uploads
from tenants.models import TierVersion
from tests.account.files.conftest import Tus, lying
from tests.conftest import Tenant

pytestmark = pytest.mark.django_db


class TestWhatATierTakes:
    @pytest.fixture(autouse=True)
    def numbers(self) -> None:
        TierVersion.objects.update(
            input_bytes_max=100, model_bytes_max=200, input_types=["audio/*", "application/json"]
        )

    @pytest.mark.parametrize(
        ("size", "purpose", "limit"), [(101, "input", 100), (201, "model", 200)]
    )
    def test_is_no_larger_file(self, tus: Tus, size: int, purpose: str, limit: int) -> None:
        refused = tus.begin(size, purpose=purpose, filetype="audio/wav")
        assert (refused.status_code, refused.json()["limit_bytes"]) == (413, limit)
        assert pointers(refused) == ["/Upload-Length"]
        assert tus.begin(limit, purpose=purpose, filetype="audio/wav").status_code == 201

    def test_is_no_other_type_for_a_job_and_any_for_a_model(self, tus: Tus) -> None:
        refused = tus.begin(9, filetype="application/zip")
        assert (refused.status_code, refused.json()["code"]) == (422, "file-type-not-taken")
        assert refused.json()["types"] == ["application/json", "audio/*"]
        assert pointers(refused) == ["/Upload-Metadata"]
        assert tus.begin(9, filetype="application/zip", purpose="model").status_code == 201

    def test_is_no_file_that_is_another_than_it_says(
        self, tus: Tus, folder: Path, django_capture_on_commit_callbacks: Any
    ) -> None:
        path = tus.begun(9, filetype="audio/wav")
        tus.send(path, 0, b"PK")
        with django_capture_on_commit_callbacks(execute=True):
            refused = tus.send(path, 2, b"\x03\x04zzzzz")
        assert (refused.status_code, refused.json()["found"]) == (422, "application/zip")
        assert pointers(refused) == ["/"]
        assert tus.ask("head", path).status_code == 404
        assert lying(folder) == []

    def test_is_published(self, tenant: Tenant, tus: Tus) -> None:
        told = {
            "input_bytes_max": 100,
            "input_types": ["audio/*", "application/json"],
            "model_bytes_max": 200,
        }
        assert told.items() <= tus.ask("get", "/v1/limits").json()["caps"].items()
        assert all(
            told.items() <= each.items() for each in Client().get("/v1/tiers").json()["data"]
        )

    def test_is_so_many_at_a_time(self, tus: Tus, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(uploads, "MOST_UNFINISHED", 2)
        path = tus.begun(3, filetype="audio/wav")
        tus.begun(3, filetype="audio/wav")
        assert tus.begin(3, filetype="audio/wav").json()["code"] == "too-many-uploads"
        tus.send(path, 0, b"abc")
        assert tus.begin(3, filetype="audio/wav").status_code == 201


class TestWhatIsAskedFor:
    @pytest.mark.parametrize(
        ("said", "pointer"),
        [
            ({}, "/Upload-Length"),
            ({"Upload_Length": "abc"}, "/Upload-Length"),
            ({"Upload_Length": "-1"}, "/Upload-Length"),
            ({"Upload_Length": "3", "Upload_Metadata": "filename olé"}, "/Upload-Metadata"),
            ({"Upload_Length": "3", "Upload_Metadata": "filename /w=="}, "/Upload-Metadata"),
            ({"Upload_Length": "3", "Upload_Metadata": "a YQ==,a YQ=="}, "/Upload-Metadata"),
            ({"Upload_Length": "3", "Upload_Metadata": "purpose YQ=="}, "/Upload-Metadata"),
            ({"Upload_Length": "3", "Upload_Metadata": "filetype YQ=="}, "/Upload-Metadata"),
            ({"Upload_Length": "3", "Upload_Metadata": "filename AA=="}, "/Upload-Metadata"),
        ],
    )
    def test_must_be_readable(self, tus: Tus, said: dict[str, str], pointer: str) -> None:
        answer = tus.ask("post", "/v1/uploads", **said)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)

    def test_may_hold_what_nobody_knows(self, tus: Tus) -> None:
        told = tus.begin(3, relativePath="a/b", filename="../../etc/passwd").json()
        assert (told["name"], told["content_type"]) == ("passwd", "application/octet-stream")

    def test_twice_under_one_key_is_one_upload(self, tus: Tus) -> None:
        said = {"Upload_Length": "3", "Idempotency_Key": "once"}
        one, two = (tus.ask("post", "/v1/uploads", **said).json() for _ in range(2))
        assert one == two


def pointers(refused: Any) -> list[str]:
    return [each["pointer"] for each in refused.json()["errors"]]

"""A client of tus, and the folder that all its files come to lie in."""

import base64
from pathlib import Path
from typing import Any, Final

import pytest
from django.test import Client

from tests.conftest import Tenant

PART: Final = "application/offset+octet-stream"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def lying(folder: Path) -> list[str]:
    return [str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()]


class Tus:
    """A client that knows the protocol and nothing of the platform."""

    def __init__(self, key: str) -> None:
        self._client = Client(raise_request_exception=False)
        self._said = {"Authorization": f"Bearer {key}", "Tus-Resumable": "1.0.0"}

    def begin(self, size: int, **metadata: str) -> Any:
        told = [f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in metadata.items()]
        return self.ask("post", "/v1/uploads", Upload_Length=str(size),
                        Upload_Metadata=",".join(told))  # fmt: skip

    def begun(self, size: int, **metadata: str) -> str:
        answer = self.begin(size, **metadata)
        assert answer.status_code == 201, answer.content
        location: str = answer["Location"]
        return location[location.index("/v1/") :]

    def send(self, path: str, offset: int, part: bytes, **said: str) -> Any:
        headers = self._headers({"Upload_Offset": str(offset)} | said)
        return self._client.patch(path, part, content_type=PART, headers=headers)

    def ask(self, method: str, path: str, **said: str) -> Any:
        return self._client.generic(method.upper(), path, headers=self._headers(said))

    def _headers(self, said: dict[str, str]) -> dict[str, str]:
        return self._said | {name.replace("_", "-"): value for name, value in said.items()}


@pytest.fixture
def tus(tenant: Tenant) -> Tus:
    return Tus(tenant.live_key)

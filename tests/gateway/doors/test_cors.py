"""Pages of origins that the operator names may read the API's answers, and their limits."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from tests.conftest import Api, Tenant
from tifo.environment import Environment

STAGE = "https://stage.example.org"
PREFLIGHT = {
    "HTTP_ORIGIN": STAGE,
    "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST",
    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "authorization,tifo-end-user",
}
ASK = f"""
import tests.system.loaded
from django.test import Client
told = Client().options("/v1/effects", **{PREFLIGHT!r})
print(told.status_code, told.headers["Access-Control-Allow-Origin"])
print(told.headers["Access-Control-Allow-Headers"])
"""


@pytest.fixture
def from_stage(api: Callable[[str | None], Api], settings: Any) -> Callable[..., Any]:
    """GET as a page of the stage asks, where the operator has named it."""
    settings.CORS_ALLOWED_ORIGINS = [STAGE]
    settings.MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", *settings.MIDDLEWARE]

    def get(path: str, token: str | None = None, origin: str = STAGE) -> Any:
        return api(token).get(path, Origin=origin)

    return get


@pytest.mark.django_db
class TestANamedOrigin:
    def test_reads_answers_and_their_limits(
        self, from_stage: Callable[..., Any], tenant: Tenant
    ) -> None:
        told = from_stage("/v1/usage", tenant.live_key)
        assert told.headers["Access-Control-Allow-Origin"] == STAGE
        assert "Access-Control-Allow-Credentials" not in told.headers
        exposed = set(told.headers["Access-Control-Expose-Headers"].split(", "))
        assert {"RateLimit", "RateLimit-Policy", "X-Request-Id"} <= exposed & told.headers.keys()
        assert exposed >= {"Retry-After", "Idempotent-Replayed", "Tifo-Degraded", "Tifo-Dry-Run"}

    def test_reads_refusals_too(self, from_stage: Callable[..., Any]) -> None:
        refused = from_stage("/v1/usage")
        assert refused.status_code == 401
        assert refused.headers["Access-Control-Allow-Origin"] == STAGE

    def test_is_let_in_nowhere_but_at_the_api(self, from_stage: Callable[..., Any]) -> None:
        assert "Access-Control-Allow-Origin" not in from_stage("/docs/limits").headers

    def test_alone_is_let_in(self, from_stage: Callable[..., Any], tenant: Tenant) -> None:
        for origin in ("https://away.example.org", f"{STAGE}.away.example.org", "null"):
            told = from_stage("/v1/usage", tenant.live_key, origin)
            assert "Access-Control-Allow-Origin" not in told.headers


class TestTheSetting:
    def test_answers_a_preflight(self) -> None:
        given = os.environ | {"TIFO_CORS_ORIGINS": STAGE}
        asked = subprocess.run(
            [sys.executable, "-c", ASK], env=given, capture_output=True, text=True, check=True
        )
        status, headers = asked.stdout.splitlines()
        assert status == f"200 {STAGE}"
        assert {"authorization", "tifo-end-user", "tifo-dry-run"} <= set(headers.split(", "))

    def test_names_nobody_by_default(self, settings: Any) -> None:
        assert settings.CORS_ALLOWED_ORIGINS == []
        assert not any("cors" in name for name in settings.MIDDLEWARE)

    @pytest.mark.parametrize("wrong", ["stage.example.org", f"{STAGE}/", "*", "ftp://a.example"])
    def test_that_is_no_origin_is_refused(
        self, wrong: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TIFO_CORS_ORIGINS", f"{STAGE},{wrong}")
        with pytest.raises(ValidationError, match="is not an origin"):
            Environment()

"""A log line is JSON, belongs to a process and a request, and carries no secret."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from tests.conftest import Tenant
from tifo.logs import JsonFormatter, RoutesAlone, log_settings, redact

Logged = Callable[[], str]
KEY = "tifo_test_" + "0aZ9" * 9


def written(formatter: JsonFormatter, message: str, *args: object, **extra: object) -> Any:
    record = logging.getLogger("gateway").makeRecord(
        "gateway", logging.INFO, __file__, 1, message, args, None, extra=extra
    )
    return json.loads(formatter.format(record))


class TestRedact:
    @pytest.mark.parametrize("kind", ["live", "test", "kiosk"])
    def test_keeps_the_kind_of_a_credential_and_nothing_else(self, kind: str) -> None:
        assert redact(f"key=tifo_{kind}_{'x' * 36}.") == f"key=tifo_{kind}_…."

    @pytest.mark.parametrize(
        "secret", ["tkt_" + "a-_" * 14 + "b", "view_eyJ" + "x" * 80 + "~1w~" + "s" * 43]
    )
    def test_hides_tickets_and_view_links(self, secret: str) -> None:
        assert redact(f"[{secret}]") == f"[{secret.partition('_')[0]}_…]"

    @pytest.mark.parametrize("kind", ["seti", "pi"])
    def test_hides_stripes_client_secrets(self, kind: str) -> None:
        assert redact(f'"{kind}_1Abc_secret_2Def"') == f'"{kind}_1Abc_secret_…"'
        assert redact("api_key_secret_name") == "api_key_secret_name"

    def test_hides_the_password_of_an_address(self) -> None:
        hidden = redact("no route to postgresql://tifo:s3cret@db.example/tifo")
        assert hidden == "no route to postgresql://tifo:…@db.example/tifo"

    @pytest.mark.parametrize(
        "harmless", ["tifo_live_short", "https://tifo.example:8000/a@b", "redis://127.0.0.1:1/0"]
    )
    def test_leaves_other_text_alone(self, harmless: str) -> None:
        assert redact(harmless) == harmless


class TestJsonFormatter:
    def test_names_process_request_and_extra_fields(self) -> None:
        formatter = JsonFormatter("web", request_id=lambda: "req_7")
        said = written(formatter, "admitted %d", 3, tier="pro")
        assert said.pop("ts").endswith("Z")
        assert said == {
            "level": "INFO",
            "logger": "gateway",
            "process": "web",
            "message": "admitted 3",
            "request_id": "req_7",
            "tier": "pro",
        }

    def test_strikes_out_a_key_wherever_it_stands(self) -> None:
        said = written(JsonFormatter(), "used %s", KEY, header={"Authorization": f"Bearer {KEY}"})
        assert KEY not in json.dumps(said)
        assert said["header"]["Authorization"] == "Bearer tifo_test_…"

    def test_keeps_a_traceback_in_the_same_line(self) -> None:
        try:
            raise ValueError(KEY)
        except ValueError:
            failure = sys.exc_info()
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "failed", None, failure)
        line = JsonFormatter().format(record)
        assert "\n" not in line
        assert json.loads(line)["exception"].endswith("ValueError: tifo_test_…")


class TestLogSettings:
    def test_sends_everything_through_one_handler(self) -> None:
        settings = log_settings("WARNING", process="beat")
        assert settings["root"] == {"level": "WARNING", "handlers": ["stderr"]}
        assert settings["formatters"]["line"]["process"] == "beat"


class Asked:
    """What the framework gives its records along."""

    method, path = "GET", "/v1/usage/users/alice@example.org"
    resolver_match: Any = None

    def __repr__(self) -> str:
        return f"<Request: GET '{self.path}?end_user=alice'>"


class TestAnAddress:
    def test_that_was_asked_for_names_nobody(self) -> None:
        record = logging.getLogger("django.security.csrf").makeRecord(
            "x", 40, "", 1, "%s: %s", ("Bad Gateway", Asked.path), None, extra={"request": Asked()}
        )
        assert RoutesAlone().filter(record)
        said = json.loads(JsonFormatter().format(record))
        assert (said["message"], said["request"]) == ("Bad Gateway: (no route)", "GET (no route)")

    @pytest.mark.parametrize("user", ["alice@example.org", "al%69ce/1"])
    @pytest.mark.parametrize("error", [OperationalError, RuntimeError])
    def test_is_logged_by_its_route_when_its_call_fails(
        self, tenant: Tenant, logged: Logged, user: str, error: type[Exception]
    ) -> None:
        with failing("metering_activeuser", error):
            assert asked(tenant, f"/v1/usage/users/{user}") in {500, 503}
        assert "GET /v1/usage/users/<path:end_user>" in logged()
        assert "alice" not in logged()

    def test_is_logged_without_its_query(self, tenant: Tenant, logged: Logged) -> None:
        with failing("billing_statement", OperationalError):
            assert asked(tenant, "/v1/statements/stm_1/proof?end_user=alice") == 503
        assert "GET /v1/statements/<str:statement_id>/proof" in logged()
        assert "alice" not in logged()


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Logged:
    return lambda: "\n".join(map(JsonFormatter().format, caplog.records))


@contextmanager
def failing(table: str, error: type[Exception]) -> Iterator[None]:
    """Whatever is asked of the table fails."""

    def execute(ask: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if table in sql:
            raise error("server closed the connection")
        return ask(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield


def asked(tenant: Tenant, path: str) -> int:
    headers = {"Authorization": f"Bearer {tenant.live_key}"}
    return Client(raise_request_exception=False).get(path, headers=headers).status_code


class TestTheSettings:
    def test_leave_a_strangers_wrong_host_out(
        self, client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Its traceback at ERROR would have any stranger raise an alarm."""
        quiet = log_settings("INFO")["loggers"]["django.security.DisallowedHost"]["level"]
        settings.ALLOWED_HOSTS = ["tifo.example"]
        with caplog.at_level(quiet, "django.security.DisallowedHost"):
            refused = client.get("/livez", headers={"Host": "other.example"})
        assert (refused.status_code, refused.json()["code"]) == (400, "unknown-host")
        assert not caplog.records

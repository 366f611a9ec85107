"""An ingest path is answered in every process alike, and an operation has its twin."""

from typing import Any

import pytest
from django.urls import resolve

from gateway.doors.hot import HotOperation
from gateway.doors.requests import documented
from gateway.doors.views import GatedView
from tests.conftest import Tenant
from tests.doors import Application, Door, Doors
from tests.gateway.doors.front.calls import CURIOUS, EVENTS, PLAIN
from tifo.asgi import application, sockets
from tifo.hot import OPERATIONS

database = pytest.mark.django_db(transaction=True)


@database
class TestProcesses:
    """No answer of an ingest path depends on the process that gives it."""

    @pytest.mark.parametrize("process", [application, sockets], ids=["embedded", "sockets"])
    async def test_answer_ingest_plain_or_not(
        self, doors: Doors, tenant: Tenant, process: Application
    ) -> None:
        door = Door(process, tenant.live_key)
        assert (await door.post(EVENTS, PLAIN)).json() == {"accepted": 2}
        assert (await door.post(EVENTS, CURIOUS["spaces around a name"])).json() == {"accepted": 2}
        assert (await door.post(EVENTS, method="GET")).status == 405

    async def test_of_sockets_answers_nothing_else(self, doors: Doors, tenant: Tenant) -> None:
        for process, status in ((application, 200), (sockets, 404)):
            answer = await Door(process, tenant.live_key).post("/v1/usage", method="GET")
            assert answer.status == status

    @pytest.mark.parametrize("path", ["/livez", "/readyz"])
    async def test_of_sockets_answers_health_checks_as_others_do(self, path: str) -> None:
        """The database is there; what is read is read, and nothing else."""
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            told, usual = [
                await Door(process, None).post(path, b"", method=method, without=["content-type"])
                for process in (sockets, application)
            ]
            assert told.said == usual.said
            assert told.headers["content-type"] == usual.headers["content-type"]
            assert told.headers.get("allow") == usual.headers.get("allow")
            assert told.status == (200 if method in {"GET", "HEAD"} else 405)

    async def test_of_sockets_names_what_is_not_there(self) -> None:
        for path in ("/", "/v1/limits", "/livez/"):
            told = await Door(sockets, None).post(path, method="GET")
            assert (told.status, told.json()["code"]) == (404, "not-found")


class TestOperations:
    @pytest.mark.parametrize("hot", OPERATIONS, ids=lambda hot: hot.path)
    def test_have_a_twin_of_the_same_name_and_price(self, hot: HotOperation[Any]) -> None:
        match = resolve(hot.path.replace(hot.parameter, "some_1") if hot.parameter else hot.path)
        view: type[GatedView] = match.func.cls  # type: ignore[attr-defined]
        assert view.operations["post"] is hot.operation
        assert documented(match.route) == hot.path  # limits of a route count both doors together

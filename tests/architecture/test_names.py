"""Names in strings that no linter sees: job kinds, scopes of operations, stable error codes."""

import importlib
import re

import pytest
from celery import current_app
from django.urls import URLPattern, URLResolver, get_resolver

from apps.portal.errors import every_error
from gateway.doors.views import GatedView
from jobs import registry
from tenants.limits import Cost
from tenants.scopes import SCOPES

FAMILIES = ["avsync", "live_room"]


def views() -> list[type[GatedView]]:
    """Every gated view that the platform's addresses lead to."""

    def walk(patterns: list[URLPattern | URLResolver]) -> list[type[GatedView]]:
        found = []
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                found += walk(pattern.url_patterns)
            view = getattr(getattr(pattern, "callback", None), "cls", None)
            if view is not None and issubclass(view, GatedView):
                found.append(view)
        return found

    return walk(get_resolver().url_patterns)


class TestJobKinds:
    @pytest.mark.parametrize("family", FAMILIES)
    def test_that_a_family_enqueues_have_a_handler(self, family: str) -> None:
        importlib.import_module(f"apps.{family}.tasks")
        assert any(kind.startswith(f"{family}.") for kind in registry.kinds())

    def test_are_found_by_the_worker(self) -> None:
        current_app.loader.import_default_modules()
        assert {"avsync.analyse", "live_room.render"} <= registry.kinds()
        assert {"jobs.run", "jobs.sweep", "jobs.expire"} <= set(current_app.tasks)

    def test_that_beat_asks_for_are_known(self) -> None:
        current_app.loader.import_default_modules()
        asked = {entry["task"] for entry in current_app.conf.beat_schedule.values()}
        assert asked <= set(current_app.tasks)


class TestOperations:
    def test_name_a_published_scope(self) -> None:
        assert len(views()) > 10
        for view in views():
            for method, operation in view.operations.items():
                assert operation.scope in SCOPES, f"{view.__name__}.{method}"

    def test_cost_what_a_limit_may_count(self) -> None:
        costs = {
            cost for view in views() for each in view.operations.values() for cost in each.cost
        }
        assert costs | {Cost.LIVE_SESSIONS, Cost.SOCKETS} == set(Cost)

    def test_cover_every_handler_but_sign_up(self) -> None:
        for view in views():
            handled = {m for m in ("get", "post", "put", "patch", "delete") if hasattr(view, m)}
            open_to_all = handled - set(view.operations)
            assert not open_to_all or view.__name__ == "SignUpView"


class TestErrorCodes:
    def test_are_stable_words(self) -> None:
        for error in every_error():
            assert re.fullmatch(r"[a-z]+(-[a-z]+)*", error.code), error
            assert 400 <= error.status < 600
            assert error.title

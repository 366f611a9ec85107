"""Fixtures that every test folder shares."""

import gc
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from hypothesis import settings as hypothesis
from pytest_django.plugin import DjangoDbBlocker

from foundation import clock
from gateway.callers.caller import Caller, Kind
from gateway.callers.credentials import credentials
from tenants.limits import Algorithm
from tenants.models import ContractLimit, Organisation, TierVersion
from tenants.services.organisations import create_organisation
from tests.migrated import migrated

# How long an example takes is the machine's affair: no test asserts a time.
hypothesis.register_profile("suite", deadline=None)
hypothesis.load_profile("suite")


MEASURED = "measured"  # a property of a test's report


# By `--durations`, those of the other files that take longest; a worker takes a file as a whole.
LONGEST = (
    "tests/billing/collection/test_drive.py",
    "tests/tifo/test_heads.py",
    "tests/sdk/test_answers.py",
    "tests/gateway/callers/test_authorisation.py",
    "tests/tenants/test_admin.py",
    "tests/recordings/test_migrations.py",
    "tests/gateway/doors/bodies/test_lengths.py",
    "tests/gateway/doors/front/test_bodies.py",
    "tests/gateway/doors/test_end_users.py",
    "tests/metering/test_migrations.py",
    "tests/audio/containers/test_ffmpeg.py",
    "tests/tifo/test_supervisor_postgres.py",
    "tests/billing/statements/test_crashes.py",
    "tests/billing/collection/test_inbox.py",
    "tests/billing/statements/test_corrections.py",
    "tests/audio/timeline/test_beats.py",
    "tests/account/sandboxes/test_clock.py",
    "tests/billing/collection/test_refunds.py",
    "tests/billing/collection/test_admin.py",
    "tests/tifo/test_workers.py",
    "tests/recordings/test_uploads.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for real processes and pages goes first, then what is long of itself: a worker
    that began such a file at the end would be the only one at work."""
    slow = {"system", "browser"}
    turns = {file: turn for turn, file in enumerate(LONGEST)}

    def turn(item: pytest.Item) -> tuple[bool, int]:
        waits = not slow.isdisjoint(mark.name for mark in item.iter_markers())
        return not waits, turns.get(item.nodeid.partition("::")[0], len(turns))

    items.sort(key=turn)


def pytest_configure(config: pytest.Config) -> None:
    """Nothing of what is collected now is garbage, and to look took a quarter of the time."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        gc.disable()  # but in a process that only tells others what to do, which collects nothing


def pytest_collection_finish() -> None:
    """What is loaded by now stays for good: a fifth of the suite's time went into walking it."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 100)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a proof has measured, in its words; those of other processes are lost otherwise."""
    for report in terminalreporter.getreports("passed"):
        for name, told in report.user_properties:
            if name == MEASURED:
                terminalreporter.write_line(f"{report.nodeid}: {told}")


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings, in the one that `TIFO_TEST_DATA` names.

    In CI their absence is a failure; a user's clone has none, so there the test is skipped.
    """
    return of_the_data("audio", "manifest.json")


@pytest.fixture(scope="session")
def encodings() -> Path:
    """The folder of files in every encoding, beside the recordings; missing as these are."""
    return of_the_data("encodings", "vbr.mp3")


def of_the_data(name: str, file: str) -> Path:
    data = os.environ.get("TIFO_TEST_DATA", "")
    if data and (Path(data) / name / file).exists():
        return Path(data) / name
    wanted = f"set TIFO_TEST_DATA to a folder that holds {name}/{file}"
    if os.environ.get("CI"):
        pytest.fail(f"{wanted}; it is {data or 'not set'}")
    pytest.skip(f"needs recordings: {wanted}")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, worker_id: str, django_db_blocker: DjangoDbBlocker
) -> None:
    """The database of each of several workers begins as a copy of one that is migrated."""
    if worker_id != "master":
        with django_db_blocker.unblock():
            connection.settings_dict["TEST"]["TEMPLATE"] = migrated()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """pytest-django's database, left by the idle threads of the suite's servers before its end."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@contextmanager
def undone(blocker: DjangoDbBlocker) -> Iterator[None]:
    """What several tests begin with: written here by a fixture of theirs, and undone at its end.

    Each test's own transaction lies within this one, which counts as a test's, too.
    """
    whole = transaction.atomic()
    whole._from_testcase = True  # type: ignore[attr-defined]
    with blocker.unblock(), whole:
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def nobody_is_known() -> None:
    """No test meets a caller that another has made known."""
    credentials().clear()


@pytest.fixture(autouse=True)
def an_address_of_its_own() -> None:
    """Every test calls from 127.0.0.1; the limits on strangers take each for another.

    Set for good, since the next test has another: to undo it took longer than many a test.
    """
    settings.UNAUTHENTICATED_PREFIX = f"{secrets.token_hex(4)}:"


@pytest.fixture
def moment() -> datetime:
    """The instant a test takes place at, when it does not matter which."""
    return datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Tenant:
    """An organisation with the secrets of its first two keys."""

    organisation: Organisation
    live_key: str
    test_key: str


@pytest.fixture
def tenant(db: None) -> Tenant:
    organisation, live, test = create_organisation(
        name="Terrace Labs", email="dev@terrace.example", now=clock.now()
    )
    return Tenant(organisation, live, test)


@pytest.fixture
def stranger(db: None) -> Tenant:
    """Another organisation, which must never see the first one's things."""
    organisation, live, test = create_organisation(
        name="Away End", email="dev@away.example", now=clock.now()
    )
    return Tenant(organisation, live, test)


NOBODY = Caller(Kind.KEY, Organisation(id="org_x"), True, frozenset(), "key_x", TierVersion(), {})


def slow_rate(tenant: Tenant, name: str, *, burst: int) -> None:
    """A contract that refills one unit in ten minutes, so that no machine is too slow to see it."""
    ContractLimit.objects.create(
        organisation=tenant.organisation,
        name=name,
        algorithm=Algorithm.RATE,
        unit=name.removesuffix("s"),
        quantity=1,
        per_ms=600_000,
        burst=burst,
    )


def hold_at(tenant: Tenant, last: int) -> None:
    """An organisation without a way to pay, in a free tier whose `last` user is soon reached."""
    TierVersion.objects.filter(tier="beta").update(mau_to=last)
    Organisation.objects.filter(pk=tenant.organisation.pk).update(payment_method=False)


class Api:
    """A client of the REST API under one credential: JSON in, Django's response out."""

    def __init__(self, token: str | None) -> None:
        self._client = Client(raise_request_exception=False)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **headers: str) -> Any:
        return self._client.get(path, headers=self._headers | headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send("post", path, body, headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send("patch", path, body, headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send("put", path, body, headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self._client.delete(path, headers=self._headers | headers)

    def upload(self, path: str, fields: dict[str, Any], **headers: str) -> Any:
        """A multipart POST; file values are open binary files or `SimpleUploadedFile`s."""
        return self._client.post(path, fields, headers=self._headers | headers)

    def post_bytes(self, path: str, body: bytes, content_type: str, **headers: str) -> Any:
        return self._client.post(
            path, body, content_type=content_type, headers=self._headers | headers
        )

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        call = getattr(self._client, method)
        return call(
            path,
            json.dumps(body if body is not None else {}),
            content_type="application/json",
            headers=self._headers | headers,
        )


@pytest.fixture
def api() -> Callable[[str | None], Api]:
    """`api(token)` is a client under that credential; `api(None)` has none."""
    return Api

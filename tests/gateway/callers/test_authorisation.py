"""The authorisation matrix, made from the OpenAPI document: every operation, every kind of caller.

An operation that is new stands in the document, so it is tried here without being listed; a public
one must be named in `PUBLIC`.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker

from foundation.base62 import ALPHABET
from foundation.clock import now
from tenants.models import ApiKey
from tenants.rules import build_token
from tenants.scopes import SCOPES
from tests.gateway.callers.houses import (
    GATED,
    House,
    Operation,
    attempt,
    build,
    described,
    fresh_key,
    key_of,
    send,
)

pytestmark = pytest.mark.django_db
PUBLIC = {
    "createOrganisation",
    "describeSecretScanning",
    "downloadFile",
    "listReceiptKeys",
    "listTiers",
    "reportLeakedKeys",
}


@dataclass(frozen=True)
class Houses:
    """Two neighbours on Pro, and one on the lowest tier."""

    first: House
    second: House
    lower: House


@pytest.fixture(autouse=True)
def nobody_is_told(settings: Any) -> None:
    """As on the platform: what a test changes here is rolled back."""
    settings.CHANGES_ARE_TOLD = "django.db.transaction.on_commit"


@pytest.fixture(scope="module")
def houses(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Houses]:
    """Built once and committed: each test's own changes are rolled back."""
    with django_db_blocker.unblock():
        yield Houses(build(), build(), build("beta"))
        call_command("flush", interactive=False)


@pytest.fixture
def house(houses: Houses, db: None) -> House:
    return houses.first


each_operation = pytest.mark.parametrize("operation", GATED, ids=lambda operation: operation.id)


def test_only_these_operations_ask_for_no_key() -> None:
    assert {each.id for each in described() if not each.scope} == PUBLIC


def test_every_scope_opens_something() -> None:
    assert {each.scope for each in GATED} == set(SCOPES)


@each_operation
def test_a_credential_that_opens_nothing_is_told_why(operation: Operation, house: House) -> None:
    random = "".join(secrets.choice(ALPHABET) for _ in range(30))
    unknown = build_token(random, livemode=True)
    mistyped = house.key[:-1] + ("a" if house.key[-1] != "a" else "b")
    revoked, revoked_token = fresh_key(house, operation)
    revoked.revoked_at = now()
    revoked.save()
    _, expiring = fresh_key(house, operation, now=now() - timedelta(hours=2))
    ApiKey.objects.filter(preview__endswith=expiring[-4:]).update(
        expires_at=now() - timedelta(hours=1)
    )
    told = {
        "no key": attempt(operation, house, None),
        "mistyped": attempt(operation, house, mistyped),
        "unknown": attempt(operation, house, unknown),
        "revoked": attempt(operation, house, revoked_token),
        "expired": attempt(operation, house, expiring),
    }
    assert told == {
        "no key": (401, "unauthorized"),
        "mistyped": (401, "invalid-key"),
        "unknown": (401, "invalid-key"),
        "revoked": (401, "revoked-key"),
        "expired": (401, "expired-key"),
    }


@each_operation
def test_a_key_without_the_scope_is_refused(operation: Operation, house: House) -> None:
    lacking = sorted(set(SCOPES) - {operation.scope})
    _, token = fresh_key(house, operation, scopes=lacking)
    assert attempt(operation, house, token) == (403, "scope-missing")


@each_operation
def test_the_owner_succeeds_on_every_tier(
    operation: Operation, house: House, houses: Houses
) -> None:
    lower = houses.lower
    assert attempt(operation, house, key_of(house, operation))[0] == operation.succeeds
    assert attempt(operation, lower, key_of(lower, operation))[0] == operation.succeeds


@each_operation
def test_another_organisation_finds_nothing(
    operation: Operation, house: House, houses: Houses
) -> None:
    """Asked for the first one's resources under the second one's key; the answer names none."""
    path = operation.path.format(**house.ids)
    names_foreign = path != operation.path or operation.id in {
        "createJob",
        "raiseTrigger",
        "recordInteractions",
        "requestEffect",
    }
    status, code = attempt(operation, house, key_of(houses.second, operation))
    if names_foreign:
        assert (status, code) == (404, not_found(operation))
    else:
        assert status == operation.succeeds
        if operation.method == "get":
            listed = send("GET", path, key_of(houses.second, operation)).content.decode()
            assert not [each for each in house.ids.values() if each in listed]


@pytest.mark.parametrize(
    "operation",
    [each for each in GATED if not each.for_devices],  # a kiosk's mode is its registration's
    ids=lambda operation: operation.id,
)
def test_a_test_key_works_everywhere_and_sees_nothing_live(
    operation: Operation, house: House
) -> None:
    status, code = attempt(operation, house, house.test_key)
    if operation.id in TEST_KEYS_MAY_NOT:
        assert (status, code) == TEST_KEYS_MAY_NOT[operation.id]
    elif operation.path.format(**house.ids) != operation.path or operation.id in {
        "createJob",
        "raiseTrigger",
        "recordInteractions",
        "requestEffect",
    }:
        assert (status, code) == (404, not_found(operation))
    else:
        assert status == operation.succeeds


def not_found(operation: Operation) -> str:
    """The code of what is not there: a user is no resource, but a name that counts or does not."""
    return "user-not-counted" if operation.id == "getCountedUser" else "not-found"


# Keys and sandboxes are the account's, not live or test: a test key sees them, and only looks.
TEST_KEYS_MAY_NOT: dict[str, tuple[int, str]] = {
    "advanceSandboxClock": (403, "scope-missing"),
    "chooseSandboxPaymentMethod": (403, "scope-missing"),
    "createSandbox": (403, "scope-missing"),
    "deleteSandbox": (403, "scope-missing"),
    "getBilling": (403, "scope-missing"),
    "getSandbox": (200, ""),
    "makeSandboxUsersActive": (403, "scope-missing"),
    "openBillingPortal": (403, "scope-missing"),
    "setUpPayment": (403, "scope-missing"),
    "getKey": (200, ""),
    "revokeKey": (403, "scope-escalation"),
    "rotateKey": (403, "scope-escalation"),
}

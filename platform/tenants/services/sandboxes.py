"""Sandboxes: organisations that have test keys alone, and a clock that can be moved."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from foundation.clock import month
from foundation.errors import Conflict, Fact, NotFound, Retry, TifoError
from foundation.ids import new_id
from tenants.models import Organisation
from tenants.refusals import ScopeMissing
from tenants.scopes import developer_scopes
from tenants.services.keys import create_key
from tenants.services.organisations import FIRST_TIER
from tenants.services.writing import write

MOST_SANDBOXES: Final = 5
_SECOND: Final = timedelta(seconds=1)


class NotASandbox(TifoError):
    status = 403
    code = "not-a-sandbox"
    title = "This is a real organisation: its clock, users and payments are not played"
    meaning = (
        "The address names a real organisation, whose clock is everybody's. Only a sandbox can be "
        "moved on, filled with synthetic users, or have its payments played."
    )
    remedy = (
        "Make a sandbox with a live key (`POST /v1/sandboxes`), and use its id: see [try billing "
        "in a sandbox](/docs/how-to/try-billing-in-a-sandbox)."
    )
    retry = Retry.NO


class TooManySandboxes(Conflict):
    code = "too-many-sandboxes"
    title = "The organisation has as many sandboxes as it may"
    meaning = "An organisation keeps a few sandboxes at a time, and has as many already."
    remedy = "Delete one that is done with (`DELETE /v1/sandboxes/{sandbox_id}`), or use it again."
    retry = Retry.NO
    members = {"limit": Fact(MOST_SANDBOXES, "the most at a time")}


@transaction.atomic
def create_sandbox(
    *, organisation: Organisation, name: str, now: datetime, livemode: bool
) -> tuple[Organisation, str]:
    """A new sandbox and the secret of its one key; it begins as any organisation does, without a
    way to pay, and its clock shows the present.

    Raises TooManySandboxes; ScopeMissing unless the key that asks is live, as no sandbox's own is.
    """
    check_may_act(livemode=livemode)
    # Held, so that of two at once the second counts the first.
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if organisation.sandboxes.count() >= MOST_SANDBOXES:
        raise TooManySandboxes(limit=MOST_SANDBOXES)
    sandbox = Organisation.objects.create(
        id=new_id("org", now),
        name=name,
        tier_id=FIRST_TIER,
        tier_month=month(now),
        created_at=now,
        sandbox_of=organisation,
    )
    _, token = create_key(
        organisation=sandbox,
        name="Sandbox key",
        livemode=False,
        scopes=developer_scopes(),
        now=now,
    )
    return sandbox, token


def find_sandbox(caller: Organisation, sandbox_id: str) -> Organisation:
    """The caller's sandbox of this id, or the caller itself if it is that one.

    Raises NotFound, and NotASandbox for a real organisation's own id.
    """
    if sandbox_id == caller.pk and not caller.sandbox:
        raise NotASandbox(f"{sandbox_id} is your own organisation, and no sandbox of it.")
    found = (
        caller
        if sandbox_id == caller.pk
        else Organisation.objects.filter(pk=sandbox_id, sandbox_of=caller).first()
    )
    if found is None:
        raise NotFound(f"No sandbox {sandbox_id}.")
    return found


def check_may_act(*, livemode: bool) -> None:
    """Raise ScopeMissing for a test key: what leaks from a test must not make or end anything."""
    if not livemode:
        raise ScopeMissing(
            "Sandboxes are made and deleted with a live key of their organisation. A sandbox's own "
            "key moves its own clock, users and payments, and no other test key does."
        )


@transaction.atomic
def set_clock(sandbox: Organisation, *, to: datetime, now: datetime) -> Organisation:
    """Let the sandbox's clock show `to`, or a little more, for it counts whole seconds.

    It never goes back: a clock that is further on already stays.
    """
    assert sandbox.sandbox
    row = Organisation.objects.select_for_update(no_key=True).get(pk=sandbox.pk)
    ahead = -((now - to) // _SECOND)
    if ahead > row.clock_ahead_s:
        write(row, {"clock_ahead_s": ahead})
    return row

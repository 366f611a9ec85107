"""What is sent to the front, plainly and curiously, and who was metered by it."""

import json
from typing import Any

from asgiref.sync import sync_to_async

from foundation import clock
from metering.queries import active_users
from tests.conftest import Tenant

EVENTS = "/v1/usage/events"
PLAIN = {"end_users": ["ana", "bo", "ana"]}


def named(*users: Any) -> bytes:
    return json.dumps({"end_users": users}).encode()


# Valid, though not plain: answered by the twin, and all the same.
CURIOUS: dict[str, bytes] = {
    "spaces around a name": named(" ana ", "ana", "bo"),
    "an uncomposed name": named("zoe\u0308", "zoë", "bo"),
    "a joiner in a name": named("👩\u200d🎤", "bo"),
}


async def users(tenant: Tenant, *, livemode: bool = True) -> int:
    """How many were metered this month."""
    return await sync_to_async(active_users)(
        tenant.organisation, livemode=livemode, now=clock.now()
    )

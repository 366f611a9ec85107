"""`POST /v1/usage/events` at the hot door: the cheapest way to say who was active."""

from collections.abc import Sequence

from apps.account.api.metering.events import MOST_USERS, UsageEventsView
from gateway.callers.caller import Caller
from gateway.doors.end_users import plain_end_users
from gateway.doors.hot import Call, HotOperation, Reply, read_object

_MEMBERS = frozenset({"end_users"})  # what is told item by item is read by the twin


class UsageEvents(HotOperation[list[str]]):
    path = "/v1/usage/events"
    operation = UsageEventsView.operations["post"]

    def read(self, call: Call) -> list[str]:
        told = read_object(call.body, _MEMBERS).get("end_users")
        return plain_end_users(told, MOST_USERS)

    def end_users(self, asked: list[str]) -> Sequence[str]:
        return asked

    async def act(self, caller: Caller, asked: list[str], call: Call) -> Reply:
        return Reply(202, b'{"accepted":%d}' % len(set(asked)))

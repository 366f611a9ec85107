"""Calls of the API from beside an open socket."""

from typing import Any

from channels.db import database_sync_to_async

from tests.conftest import Api

WAVE = {"colour": "#a50044", "pattern": "wave"}


async def post(caller: Api, address: str, body: Any = None) -> Any:
    answer = await in_thread(caller.post, address, body)
    assert answer.status_code < 300, answer.content
    return answer.json()


async def in_thread(act: Any, *args: Any, **kwargs: Any) -> Any:
    return await database_sync_to_async(act, thread_sensitive=False)(*args, **kwargs)


async def raise_all(owner: Api, **more: Any) -> dict[str, Any]:
    asked = {"kind": "led", "target": {"all": True}, "payload": WAVE} | more
    raised: dict[str, Any] = await post(owner, "/v1/triggers", asked)
    return raised

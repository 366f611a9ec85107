"""What the hot door answers, and whether REST answers the same."""

import re
from typing import Any

from tests.doors import Answer, Doors


def remaining(answer: Answer) -> int:
    found = re.search(r'"requests";r=(\d+);', answer.headers["ratelimit"])
    assert found
    return int(found[1])


async def same(doors: Doors, path: str, body: Any) -> Answer:
    """The answer that both doors give."""
    answer = await doors.hot.post(path, body)
    assert answer.said == (await doors.twin.post(path, body)).said
    return answer

"""What posted streams come to is counted as a socket's is, and metered once."""

import pytest

from apps.live_audio_feedback.models import LiveSession, LiveStream
from apps.live_audio_feedback.sockets import posted
from tests.doors import Doors
from tests.live_audio_feedback.frames import frame
from tests.live_audio_feedback.posted.posting import post

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("sockets"),
]


async def test_are_those_of_all_its_posts(doors: Doors, session: LiveSession) -> None:
    for seq in (0, 1, 1):
        assert (await post(doors.hot, session.pk, frame(seq=seq))).status == 202
    await posted.close()
    kept = await LiveStream.objects.aget()
    assert (kept.session_id, kept.zone, kept.received, kept.repeated) == (
        session.pk, "north", 3, 1
    )  # fmt: skip
    assert kept.scored + kept.dropped == 2
    assert kept.ended_at is not None

"""Audio is never kept: neither in a file, nor in a row, Redis, a log or our own memory."""

import base64
import logging

import numpy as np
import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection

from apps.live_audio_feedback.models import LiveSession, ZoneSecond
from apps.live_audio_feedback.rules.pacing import MOST_WAITING
from apps.live_audio_feedback.streams.queues import FrameQueues
from gateway.stores import client
from tests.conftest import Tenant
from tests.live_audio_feedback.client import Socket, application
from tests.live_audio_feedback.frames import frame


def noise(seed: int) -> bytes:
    return np.random.default_rng(seed).integers(-9000, 9000, 320).astype("<i2").tobytes()


def disguises(payload: bytes) -> list[bytes]:
    """The payload's middle as raw bytes, hexadecimal digits and base64 at each alignment."""
    encoded = [base64.b64encode(payload[shift:])[100:140] for shift in range(3)]
    return [payload[300:330], payload[300:330].hex().encode(), *encoded]


def found_in(haystack: bytes, needles: list[bytes]) -> bool:
    return any(needle in haystack for needle in needles)


def rows() -> bytes:
    """Every row of every table, as Postgres writes it to a dump (bytes in hexadecimal digits)."""
    dump = bytearray()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                for chunk in copy:
                    dump += chunk
    return bytes(dump)


def stored_files() -> list[bytes]:
    folders = [settings.MEDIA_ROOT, settings.JOURNAL_FOLDER]
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path.read_bytes() for path in found]


def redis_values() -> list[bytes]:
    redis = client()
    return [redis.dump(key) or b"" for key in redis.scan_iter()]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("sockets")
class TestAudio:
    async def test_lies_nowhere_after_it_was_scored(
        self, tenant: Tenant, session: LiveSession, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        logging.getLogger("apps.live_audio_feedback").debug("heard next: %s", session.pk)
        payload = noise(1)
        async with Socket(application(), session.pk, key=tenant.live_key) as socket:
            await socket.send(*(frame(payload, seq) for seq in range(20)))
            await socket.end()
            assert await socket.closed() == 1000
        assert socket.last("receipt")["frames_scored"] == 20
        assert await ZoneSecond.objects.aexists()
        dump = await sync_to_async(rows)()
        # The session is there, so the search looks where things are kept; its audio is not.
        assert session.pk.encode() in dump
        assert session.pk in caplog.text
        for kept in (dump, caplog.text.encode(), *redis_values(), *stored_files()):
            assert not found_in(kept, disguises(payload))


class TestSearch:
    def test_would_find_audio_in_any_of_its_forms(self) -> None:
        payload = noise(2)
        for form in (payload, payload.hex().encode(), base64.b64encode(b"x" + payload)):
            assert found_in(b"row" + form + b"row", disguises(payload))


class TestQueues:
    def remembers(self, queues: FrameQueues) -> bool:
        arrays = [memory for memory in vars(queues).values() if isinstance(memory, np.ndarray)]
        return any(memory.view(np.uint8).any() for memory in arrays if memory.dtype.names is None)

    def test_wipe_a_frame_as_it_is_taken(self) -> None:
        queues = FrameQueues(2)
        queues.put(1, frame(b"\1" * 640, seq=3, t_us=4))
        queues.allow(1)
        slots, samples = queues.take()
        assert slots.tolist() == [1]
        assert samples.tolist() == [[257] * 320]
        assert queues.last(1) == (3, 4)
        assert not queues._bytes.any()

    def test_forget_everything_of_a_slot(self) -> None:
        queues = FrameQueues(1)
        for seq in range(5):
            queues.put(0, frame(b"\1" * 640, seq=seq, t_us=seq))
        queues.allow(2)
        queues.take()
        assert self.remembers(queues)
        assert queues.empty(0) == 4
        queues.wipe(0)
        assert not self.remembers(queues)

    def test_hand_out_each_slots_oldest_first(self) -> None:
        queues = FrameQueues(3)
        for slot, seq in [(2, 0), (0, 7), (2, 1)]:
            assert not queues.put(slot, frame(bytes([seq]) * 640, seq=seq))
        taken = []
        queues.allow(3)
        for _ in range(3):
            slots, samples = queues.take()
            taken.append(list(zip(slots.tolist(), samples[:, 0].tolist(), strict=True)))
        assert taken == [[(0, 7 * 257), (2, 0)], [(2, 257)], []]

    def test_keep_the_newest_when_they_are_full(self) -> None:
        queues = FrameQueues(1)
        dropped = [queues.put(0, frame(seq=seq)) for seq in range(MOST_WAITING + 3)]
        assert dropped.count(True) == 3
        numbers = []
        while queues.waiting(0):
            queues.allow(1)
            queues.take()
            numbers.append(queues.last(0).seq)
        assert numbers == list(range(3, MOST_WAITING + 3))

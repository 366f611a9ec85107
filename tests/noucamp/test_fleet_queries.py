"""What a fleet asks of Postgres for all its sockets at once."""

from datetime import timedelta

import pytest

from apps.noucamp import queries
from apps.noucamp.models import Cue, Kiosk
from apps.noucamp.services import cues, kiosks
from foundation import clock
from foundation.errors import NotFound
from tests.conftest import Api
from tests.noucamp.conftest import Device, register

pytestmark = pytest.mark.django_db


class TestAcknowledgingTogether:
    def test_answers_each_in_its_place(self, owner: Api) -> None:
        mine, other = register(owner), register(owner)
        raised = owner.post("/v1/triggers", {"kind": "led", "target": {"all": True}}).json()
        ids = {cue["kiosk"]: cue["id"] for cue in raised["cues"]}
        late = owner.post("/v1/triggers", {"kind": "led", "target": {"kiosks": [mine.id]}}).json()
        late_id = late["cues"][0]["id"]
        now = clock.now()
        Cue.objects.filter(pk=late_id).update(expires_at=now)
        acks = [
            cues.Acknowledgement(other.id, ids[other.id], now),
            cues.Acknowledgement(mine.id, ids[other.id], None),
            cues.Acknowledgement(mine.id, ids[mine.id], None),
            cues.Acknowledgement(mine.id, late_id, None),
            cues.Acknowledgement(other.id, ids[other.id], None),
        ]
        first, foreign, own, expired, again = cues.acknowledge_all(acks, now=now)
        assert isinstance(foreign, NotFound)
        assert isinstance(expired, cues.CueExpired)
        assert isinstance(first, Cue)
        assert first is again
        assert isinstance(own, Cue)
        stored = {cue.pk: cue for cue in Cue.objects.all()}
        assert stored[ids[other.id]].played_at == now
        assert stored[ids[mine.id]].played_at is None
        assert stored[late_id].acknowledged_at is None
        assert {cue.acknowledged_at for cue in stored.values() if cue.pk != late_id} == {now}

    def test_keeps_the_first_delivery(self, owner: Api, kiosk: Device) -> None:
        raised = owner.post("/v1/triggers", {"kind": "led", "target": {"all": True}}).json()
        cue_id, first = raised["cues"][0]["id"], clock.now()
        cues.mark_delivered([(cue_id, first)])
        cues.mark_delivered([(cue_id, first + timedelta(seconds=1))])
        assert Cue.objects.get(pk=cue_id).delivered_at == first
        assert queries.undelivered([kiosk.id], now=first) == []
        assert [cue.pk for cue in queries.unacknowledged(kiosk.id, now=first)] == [cue_id]


class TestPresence:
    def test_never_moves_last_seen_back(self, kiosk: Device) -> None:
        now = clock.now()
        kiosks.saw([kiosk.id], now=now)
        kiosks.saw_sockets({kiosk.id: now - timedelta(minutes=1)}, now=now)
        assert Kiosk.objects.get(pk=kiosk.id).last_seen_at == now
        kiosks.left_socket(kiosk.id, heard_at=now + timedelta(seconds=1), seen_at=now)
        assert Kiosk.objects.get(pk=kiosk.id).last_seen_at == now + timedelta(seconds=1)

    def test_ends_with_the_last_socket_alone(self, kiosk: Device) -> None:
        now, later = clock.now(), clock.now() + timedelta(seconds=1)
        kiosks.saw_sockets({kiosk.id: now}, now=now)
        kiosks.saw_sockets({kiosk.id: later}, now=later)  # a second socket, in another process
        kiosks.left_socket(kiosk.id, heard_at=now, seen_at=now)
        assert queries.is_connected(Kiosk.objects.get(pk=kiosk.id), later)
        kiosks.left_socket(kiosk.id, heard_at=later, seen_at=later)
        assert not queries.is_connected(Kiosk.objects.get(pk=kiosk.id), later)

    def test_fades_when_a_process_dies_without_a_word(self, kiosk: Device) -> None:
        now = clock.now()
        kiosks.saw_sockets({kiosk.id: now}, now=now)
        row = Kiosk.objects.get(pk=kiosk.id)
        assert row.last_seen_at == now
        assert queries.is_connected(row, now + timedelta(seconds=14))
        assert not queries.is_connected(row, now + queries.CONNECTED_WITHIN)

"""Calls of one moment share a transaction; what is wrong with one of them is its own affair."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from apps.noucamp.models import Interaction, Kiosk, TelemetryReading
from apps.noucamp.rules.thermal import PUBLISHED, DevicePolicy
from apps.noucamp.services import cues, interactions, telemetry
from apps.noucamp.services.interactions import NewInteraction, Recorded, ReportedInteractions
from apps.noucamp.services.kiosks import KioskRetired, NamedKiosk
from apps.noucamp.services.telemetry import Reported
from foundation import clock
from foundation.errors import NotFound
from metering.end_users import normal
from tests.conftest import Api, Tenant
from tests.listening import kept
from tests.noucamp.conftest import Client, Device, register

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(tenant: Tenant, kiosk: Device) -> NamedKiosk:
    return NamedKiosk(tenant.organisation.pk, True, kiosk.id)


@pytest.fixture
def retired(owner: Api, tenant: Tenant) -> NamedKiosk:
    gone = register(owner)
    owner.post(f"/v1/kiosks/{gone.id}/retire")
    return NamedKiosk(tenant.organisation.pk, True, gone.id)


def skips(named: NamedKiosk, *ids: str, at: datetime) -> ReportedInteractions:
    batch = [NewInteraction(each, f"fan-{each}", "skip", None, None, at) for each in ids]
    return ReportedInteractions(named, batch, at)


class TestInteractions:
    def test_are_answered_each_in_its_place(
        self, here: NamedKiosk, retired: NamedKiosk, stranger: Tenant, api: Client
    ) -> None:
        foreign = register(api(stranger.live_key))
        away = NamedKiosk(stranger.organisation.pk, True, foreign.id)
        stolen = NamedKiosk(here.organisation_id, True, foreign.id)
        test_mode = NamedKiosk(here.organisation_id, False, here.kiosk_id)
        at = clock.now()
        answers = interactions.record_all(
            [
                skips(here, "b", "a", at=at),
                skips(retired, "r", at=at),
                skips(here, "a", "c", "c", at=at),
                skips(stolen, "s", at=at),
                skips(test_mode, "t", at=at),
                skips(away, "a", at=at),
            ]
        )
        first, gone, second, foreigner, sandbox, other = answers
        assert (first, other) == (Recorded([], []), Recorded([], []))
        assert second == Recorded(["a", "c"], [])
        assert isinstance(gone, KioskRetired)
        assert isinstance(foreigner, NotFound)
        assert isinstance(sandbox, NotFound)
        stored = Interaction.objects.order_by("organisation_id", "client_id")
        assert sorted((row.kiosk_id, row.client_id) for row in stored) == sorted(
            [(here.kiosk_id, "a"), (here.kiosk_id, "b"), (here.kiosk_id, "c"), (foreign.id, "a")]
        )

    def test_belong_to_the_fan_of_their_own_recording(self, here: NamedKiosk) -> None:
        at = clock.now()
        interactions.record_all([skips(here, "1", at=at), skips(here, "2", at=at)])
        [again] = interactions.record_all([skips(here, "1", "2", at=at)])
        assert again == Recorded(["1", "2"], [])
        assert len({bytes(row.user_hash) for row in Interaction.objects.all()}) == 2

    def test_that_are_new_ask_for_none_that_are_stored(
        self, here: NamedKiosk, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        at = clock.now()
        new = [skips(here, "1", "2", at=at), skips(here, "3", at=at)]
        with CaptureQueriesContext(connection) as before:
            interactions.record_all(new)
        with django_assert_num_queries(len(before) + 1):
            interactions.record_all(new)

    def test_are_the_same_in_another_month_and_by_another_spelling(self, here: NamedKiosk) -> None:
        at = clock.now()
        later, decomposed = at + timedelta(days=31), "Zoe\u0308"

        def told(name: str, received_at: datetime) -> ReportedInteractions:
            return ReportedInteractions(
                here, [NewInteraction("1", name, "skip", None, None, at)], received_at
            )

        interactions.record(told(decomposed, at))
        assert interactions.record(told(decomposed, later)) == Recorded(["1"], [])
        assert interactions.record(told(normal(decomposed), later)) == Recorded(["1"], [])
        assert interactions.record(told("ana", later)) == Recorded([], ["1"])


class TestTelemetry:
    def test_counts_on_for_each_kiosk(
        self, here: NamedKiosk, retired: NamedKiosk, owner: Api
    ) -> None:
        other = NamedKiosk(here.organisation_id, True, register(owner).id)
        unknown = NamedKiosk(here.organisation_id, True, "kio_unknown")
        told = [(here, 71), (other, 40), (retired, 40), (here, 68), (unknown, 40), (here, 60)]
        at = clock.now()
        reports = [
            Reported(named, telemetry.Report(celsius, None, None, None, None), at)
            for named, celsius in told
        ]
        policy = DevicePolicy(PUBLISHED.steps, hysteresis_celsius=3, readings_kept=2)
        answers = telemetry.record_all(reports, policy=policy)
        assert isinstance(answers[2], KioskRetired)
        assert isinstance(answers[4], NotFound)
        kept = [answer for answer in answers if isinstance(answer, tuple)]
        numbered = [(reading.kiosk_id, reading.number, reading.thermal) for reading, _ in kept]
        assert numbered == [
            (here.kiosk_id, 1, "minimal"),
            (other.kiosk_id, 1, "normal"),
            (here.kiosk_id, 2, "minimal"),
            (here.kiosk_id, 3, "normal"),
        ]
        assert [advice.step.thermal for _, advice in kept] == [row[2] for row in numbered]
        stored = TelemetryReading.objects.filter(kiosk_id=here.kiosk_id).order_by("number")
        assert [row.number for row in stored] == [2, 3]
        row = Kiosk.objects.get(pk=here.kiosk_id)
        assert (row.readings_taken, row.thermal, row.latest_id) == (3, "normal", stored[1].pk)
        assert row.last_seen_at == at

    def test_tells_of_each_step_that_a_kiosk_takes_and_of_nothing_else(
        self, tenant: Tenant, here: NamedKiosk
    ) -> None:
        reports = [
            Reported(here, telemetry.Report(celsius, None, None, None, None), clock.now())
            for celsius in (40, 71, 72, 40)
        ]
        telemetry.record_all(reports)
        told = [(row.type, row.data["thermal"], row.data["soc_celsius"]) for row in kept(tenant)]
        assert told == [
            ("kiosk.thermal_changed", "minimal", 71),
            ("kiosk.thermal_changed", "normal", 40),
        ]


class TestAcknowledgements:
    def test_show_that_the_devices_live_which_may_speak(self, owner: Api) -> None:
        mine, other = register(owner), register(owner)
        trigger = {"kind": "led", "target": {"kiosks": [mine.id]}}
        [cue] = owner.post("/v1/triggers", trigger).json()["cues"]
        at = clock.now()
        acks = [
            cues.Acknowledgement(other.id, cue["id"], None),
            cues.Acknowledgement(mine.id, cue["id"], None),
        ]
        refused, _ = cues.acknowledge_calls(acks, now=at)
        assert isinstance(refused, NotFound)
        seen = dict(Kiosk.objects.values_list("pk", "last_seen_at"))
        assert seen == {mine.id: at, other.id: None}

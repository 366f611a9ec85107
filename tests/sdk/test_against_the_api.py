"""The face against the real API: every noun, its answers typed, its refusals too."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.avsync import tasks as avsync  # noqa: F401  (registers the handler)
from apps.live_room import tasks as live_room  # noqa: F401
from demo.acts.model_files import LARGE, SMALL, write
from foundation import clock
from gateway.models import RefusalCount
from tests.conftest import Tenant, slow_rate
from tests.jobs.work import execute
from tests.sdk.conftest import HOST, Connect, network
from tifo_client import Interaction, QuotaExceeded, Tifo, errors
from tifo_client.resources import model_files
from tifo_client.shapes import RegisteredKiosk

pytestmark = pytest.mark.django_db


def contract(tenant: Tenant, name: str, *, scope: str, counts: str) -> None:
    """Two at once, and one more in ten minutes."""
    slow_rate(tenant, name, burst=2)
    tenant.organisation.contract_limits.filter(name=name).update(scope=scope, counts=counts)


class TestAccount:
    def test_signs_up_and_reads_itself(self, connect: Connect) -> None:
        made = Tifo.sign_up("Derby", "owner@derby.example", HOST, network=network())
        tifo = connect(made.live_key)

        assert tifo.organisation.get().id == made.id
        assert tifo.organisation.update(name="Derby FC").name == "Derby FC"
        assert tifo.members.add("dev@derby.example", "developer").role == "developer"
        assert {member.role for member in tifo.members.list()} == {"owner", "developer"}

    def test_hands_out_narrow_keys_rotates_and_revokes_them(
        self, tifo: Tifo, connect: Connect
    ) -> None:
        ends = datetime.now(UTC) + timedelta(days=1)
        key = tifo.keys.create("Office", ["usage:read"], livemode=True, expires_at=ends)
        narrow = connect(key.secret)

        assert narrow.usage.get().mau == 0
        with pytest.raises(errors.ScopeMissing):
            narrow.jobs.get("job_1")
        successor = tifo.keys.rotate(key.id, overlap=timedelta(0))
        with pytest.raises(errors.Unauthorized):
            narrow.usage.get()
        assert connect(successor.secret).limits.get().tier == "beta"
        assert tifo.keys.revoke(successor.id).state == "revoked"
        assert tifo.keys.get(key.id).replaced_by == successor.id
        assert {found.name for found in tifo.keys.list()} >= {"Office"}

    def test_ties_a_key_to_networks(self, tifo: Tifo, connect: Connect) -> None:
        here = tifo.keys.create("Here", ["usage:read"], livemode=True, networks=["127.0.0.1"])
        venue = tifo.keys.create("Venue", ["usage:read"], livemode=True, networks=["192.0.2.0/24"])

        assert here.networks == ["127.0.0.1/32"]
        assert connect(here.secret).usage.get().mau == 0
        with pytest.raises(errors.Forbidden, match="address-not-allowed"):
            connect(venue.secret).usage.get()

    def test_chooses_what_happens_to_it_when_something_goes_wrong(self, tifo: Tifo) -> None:
        assert tifo.organisation.get().strictness == "balanced"
        changed = tifo.organisation.update(strictness="strict", leaked_keys="notify")

        assert (changed.strictness, changed.leaked_keys) == ("strict", "notify")
        assert changed.name == tifo.organisation.get().name == "Terrace Labs"

    def test_says_what_is_published_and_what_it_costs(self, tifo: Tifo) -> None:
        assert [tier.slug for tier in tifo.tiers.list()] == ["beta", "pro", "enterprise"]
        assert {limit.name for limit in tifo.limits.get().limits} >= {"requests", "effects"}
        assert tifo.invoices.preview(tier="pro").tier == "pro"
        assert tifo.view_links.create().url.startswith("http")
        assert tifo.tickets.create(["events:read"]).ticket

    def test_points_at_the_field_that_is_wrong(self, tifo: Tifo) -> None:
        with pytest.raises(errors.Invalid) as caught:
            tifo.keys.create("Office", ["usage:read", "usage:all"])
        assert caught.value.errors[0]["pointer"] == "/scopes/1"


class TestLimits:
    def test_of_each_user_and_route_are_shown_for_the_one_that_is_named(
        self, tifo: Tifo, tenant: Tenant
    ) -> None:
        contract(tenant, "fan_effects", scope="end_user", counts="effects")
        contract(tenant, "route_effects", scope="route", counts="effects")

        def remaining(**named: str) -> dict[str, int | None]:
            limits = tifo.limits.get(**named).limits
            return {each.name: each.remaining for each in limits if each.scope != "organisation"}

        assert remaining() == {"fan_effects": None, "route_effects": None}
        assert remaining(end_user="fan-1") == {"fan_effects": 2, "route_effects": None}
        assert remaining(route="POST /v1/effects") == {"fan_effects": None, "route_effects": 2}

    def test_are_asked_before_the_calls(self, tifo: Tifo, tenant: Tenant) -> None:
        slow_rate(tenant, "effects", burst=2)
        at_once = tifo.limits.simulate("POST /v1/effects", calls=3)

        assert at_once.cost.additional_properties == {"requests": 1, "effects": 1}
        assert [call.admitted for call in at_once.as_asked.calls] == [True, True, False]
        assert at_once.patient.total_ms == at_once.as_asked.calls[2].passes_at_ms == 600_000
        apart = tifo.limits.simulate(cost={"effects": 1}, calls=3, every_ms=600_000)
        assert (apart.as_asked.admitted, apart.policies) == (3, ["effects"])
        planned = tifo.limits.simulate(cost={"effects": 1}, at_ms=[0, 1, 2, 3])
        assert [call.at_ms for call in planned.as_asked.calls] == [0, 1, 2, 3]
        assert planned.as_asked.refused == 2

    def test_of_a_user_are_simulated_for_that_user(self, tifo: Tifo, tenant: Tenant) -> None:
        contract(tenant, "fan_effects", scope="end_user", counts="effects")

        assert tifo.limits.simulate("POST /v1/effects", calls=3).as_asked.admitted == 3
        foreseen = tifo.limits.simulate("POST /v1/effects", calls=3, end_user="fan-1")
        assert foreseen.as_asked.admitted == 2

    def test_are_rehearsed_with_the_call_itself(self, tifo: Tifo, tenant: Tenant) -> None:
        slow_rate(tenant, "requests", burst=2)
        body = {"name": "Rehearsed", "scopes": ["usage:read"]}
        for _ in range(3):
            passing = tifo.limits.rehearse("POST /v1/keys", body)
            assert passing.admitted
        assert [limit["remaining"] for limit in passing.limits] == [2]
        tifo.keys.create("Real", ["usage:read"])
        assert "Rehearsed" not in {key.name for key in tifo.keys.list()}

        refused = tifo.limits.rehearse("POST /v1/keys", body)
        assert isinstance(refused.refusal, QuotaExceeded)
        assert not refused.admitted
        assert refused.refusal.violated == ["requests"]
        assert 0 < (refused.refusal.retry_after or 0) <= 600

    def test_of_a_user_are_rehearsed_for_that_user(self, tifo: Tifo, tenant: Tenant) -> None:
        contract(tenant, "fan_requests", scope="end_user", counts="requests")

        rehearsed = tifo.limits.rehearse("GET /v1/usage", end_user="fan-1")
        assert {limit["name"] for limit in rehearsed.limits} == {"requests", "fan_requests"}

    def test_cannot_be_rehearsed_where_there_is_no_gate(self, tifo: Tifo) -> None:
        with pytest.raises(errors.BadRequest):
            tifo.limits.rehearse("POST /v1/organisations", {"name": "x", "email": "x@y.example"})

    def test_leave_their_refusals_counted(self, tifo: Tifo, tenant: Tenant) -> None:
        RefusalCount.objects.create(
            organisation=tenant.organisation,
            livemode=True,
            hour=clock.hour(clock.now()),
            policy="effects",
            route="POST /v1/effects",
            kind="refused",
            count=3,
        )

        told = tifo.limits.refusals()
        assert [(row.kind, row.policy, row.count) for row in told.data] == [
            ("refused", "effects", 3)
        ]
        by_route = tifo.limits.refusals(hours=1, group_by=["route", "key"])
        assert by_route.group_by == ["route", "key"]
        assert [(row.route, row.policy) for row in by_route.data] == [("POST /v1/effects", None)]


class TestUsage:
    def test_counts_each_reported_user_once(self, tifo: Tifo) -> None:
        assert tifo.usage.report(["fan-1", "fan-2", "fan-1"]).accepted == 2
        assert tifo.usage.report(["fan-2", "fan-3"]).accepted == 2
        assert tifo.usage.get().mau == 3

    def test_of_more_users_than_a_call_takes_is_reported_in_several(self, tifo: Tifo) -> None:
        assert tifo.usage.report(f"fan-{n}" for n in range(2001)).accepted == 2001
        assert tifo.usage.get().mau == 2001

    def test_of_nobody_is_no_call(self, tifo: Tifo, tenant: Tenant) -> None:
        slow_rate(tenant, "requests", burst=1)

        assert tifo.usage.report([]).accepted == 0
        assert tifo.usage.get().mau == 0

    def test_takes_no_text_for_many_users(self, tifo: Tifo) -> None:
        with pytest.raises(TypeError, match="each of its letters"):
            tifo.usage.report("fan-1")


class TestSessions:
    def test_are_created_listed_and_ended(self, tifo: Tifo) -> None:
        ends_at = datetime.now(UTC) + timedelta(hours=1)
        made = tifo.sessions.create("Derby night", ["north", "south"], ends_at=ends_at)

        assert tifo.sessions.get(made.id).zones == ["north", "south"]
        assert [session.id for session in tifo.sessions.list()] == [made.id]
        assert list(tifo.sessions.scores(made.id, zone="north", since=made.created_at)) == []
        assert tifo.sessions.end(made.id).state == "closed"

    def test_carry_a_map_and_consent(self, tifo: Tifo) -> None:
        made = tifo.sessions.create(
            "Derby night",
            ["north"],
            ends_at=datetime.now(UTC) + timedelta(hours=1),
            event="derby",
            zone_map={"north": (0.5, 0.1)},
            learn=True,
            consent_statement="Ticket terms, 7",
        )
        [place] = made.zone_map
        assert (made.event, place.zone, place.x, place.y) == ("derby", "north", 0.5, 0.1)
        assert (made.consent.keep_audio, made.consent.learn) == (False, True)
        assert made.consent.statement == "Ticket terms, 7"


class TestSound:
    def test_becomes_a_timeline(self, tifo: Tifo, clapping: io.BytesIO) -> None:
        track = tifo.tracks.create(clapping, name="Clapping")
        with pytest.raises(errors.Conflict, match="timeline-not-ready"):
            tifo.tracks.timeline(track.id)
        execute(track.job)

        assert tifo.jobs.wait(track.job).state == "succeeded"
        assert tifo.tracks.timeline(track.id).duration == pytest.approx(1.0, abs=0.05)
        assert [found.name for found in tifo.tracks.list()] == ["Clapping"]
        tifo.tracks.delete(track.id)
        with pytest.raises(errors.NotFound):
            tifo.tracks.get(track.id)

    def test_becomes_a_stem_that_is_fetched(
        self, tifo: Tifo, clapping: io.BytesIO, tmp_path: Path
    ) -> None:
        clip = tifo.clips.create(clapping)
        assert "percussive" in tifo.effects.catalogue().stems
        effect = tifo.effects.request(clip.id, "stem", "percussive")
        execute(effect.job)

        job = tifo.jobs.wait(effect.job)
        assert tifo.effects.get(effect.id).state == "succeeded"
        assert tifo.jobs.download(job.files[0], tmp_path).read_bytes().startswith(b"RIFF")
        assert [found.id for found in tifo.effects.list()] == [effect.id]
        assert [found.id for found in tifo.clips.list()] == [clip.id]
        tifo.clips.delete(clip.id)
        with pytest.raises(errors.NotFound):
            tifo.clips.get(clip.id)

    def test_runs_into_the_tier_and_is_told_when_to_return(
        self, tifo: Tifo, clapping: io.BytesIO
    ) -> None:
        clip = tifo.clips.create(clapping)
        jobs = []

        def request(times: int) -> None:
            for _ in range(times):
                effect = tifo.effects.request(clip.id, "chain", "stadium")
                jobs.append(effect.job)

        with pytest.raises(QuotaExceeded) as caught:
            request(20)
        assert caught.value.policies[0]["name"] == "effects"
        assert caught.value.retry_after == caught.value.policies[0]["retry_after_ms"] / 1000
        assert 0 < (caught.value.retry_after or 0) <= 2
        assert tifo.jobs.cancel(jobs[0]).state == "aborted"
        with pytest.raises(errors.JobCancelled):
            tifo.jobs.wait(jobs[0])
        assert {job.id for job in tifo.jobs.list(state="queued")} == set(jobs[1:])


class TestKiosks:
    def test_report_what_fans_do(
        self, tifo: Tifo, connect: Connect, kiosk: RegisteredKiosk
    ) -> None:
        at = datetime.now(UTC)
        batch = [
            Interaction(id=f"i-{n}", end_user=f"fan-{n % 2}", kind="cheer", value=80.0, at=at)
            for n in range(3)
        ]

        assert connect(kiosk.credential).interactions.record(batch).accepted == 3
        assert tifo.interactions.record(batch, kiosk=kiosk.id).duplicates == 3
        assert tifo.interactions.summary(minutes=5).users == 2
        assert tifo.usage.get().mau == 2

    def test_receive_cues_and_acknowledge_them(
        self, tifo: Tifo, connect: Connect, kiosk: RegisteredKiosk
    ) -> None:
        trigger = tifo.triggers.raise_("led", zones=["north"], payload={"colour": "#a50044"})
        device = connect(kiosk.credential).device
        cue = device.receive_cues()[0]

        assert cue.payload.to_dict() == {"colour": "#a50044"}
        assert device.acknowledge(cue.id, played_at=datetime.now(UTC)).state == "acknowledged"
        assert tifo.triggers.get(trigger.id).counts.acknowledged == 1
        assert [found.id for found in tifo.cues.list(kiosk=kiosk.id)] == [cue.id]

    @pytest.mark.parametrize(
        "target", [{"everyone": True}, {"zones": ["north"]}, {"kiosks": ["own"]}]
    )
    def test_are_meant_by_name_by_zone_or_all(
        self, tifo: Tifo, kiosk: RegisteredKiosk, target: dict[str, Any]
    ) -> None:
        if "kiosks" in target:
            target = {"kiosks": [kiosk.id]}
        at = datetime.now(UTC) + timedelta(seconds=5)

        trigger = tifo.triggers.raise_("audio", at=at, ttl_ms=500, **target)
        assert [cue.kiosk for cue in trigger.cues] == [kiosk.id]
        assert trigger.expires_at == at + timedelta(milliseconds=500)

    def test_tell_how_warm_they_are(
        self, tifo: Tifo, connect: Connect, kiosk: RegisteredKiosk
    ) -> None:
        device = connect(kiosk.credential).device

        assert device.report(50.0, npu_load=0.5).advice.thermal == "normal"
        assert device.ticket(origin="https://kiosk.example").ticket
        assert [reading.soc_celsius for reading in tifo.kiosks.telemetry(kiosk.id)] == [50.0]
        assert [found.id for found in tifo.kiosks.list()] == [kiosk.id]
        assert tifo.kiosks.retire(kiosk.id).retired_at is not None
        assert tifo.kiosks.get(kiosk.id).retired_at is not None


class TestModelFiles:
    def test_are_told_apart_by_their_first_bytes(self, tifo: Tifo, tmp_path: Path) -> None:
        small = tifo.models.check(write(tmp_path / "7b.gguf", SMALL), placement="edge")
        assert "edge" in small.allowed
        assert small.bytes_seen == model_files.FIRST_BYTES < small.size_bytes

        with pytest.raises(errors.ModelCapExceeded) as caught:
            tifo.models.check(write(tmp_path / "13b.gguf", LARGE), placement="edge")
        assert caught.value.problem["reasons"]
        assert "7b.gguf" in [check.name for check in tifo.models.checks()]

    def test_with_a_long_header_are_read_further(self, tifo: Tifo, tmp_path: Path) -> None:
        header = b'{"__metadata__": {"note": "%s"}, ' % (b"x" * model_files.FIRST_BYTES)
        header += b'"w": {"dtype": "F16", "shape": [4], "data_offsets": [0, 8]}}'
        path = tmp_path / "long.safetensors"
        path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))

        check = tifo.models.check(path)
        assert check.bytes_seen == check.size_bytes == path.stat().st_size

    def test_that_are_none_are_refused(self, tifo: Tifo, tmp_path: Path) -> None:
        path = tmp_path / "pickle.bin"
        path.write_bytes(b"\x80\x04 nothing that is ever read")

        with pytest.raises(errors.Refused, match="unsupported-model") as refused:
            tifo.models.check(path)
        assert [each["pointer"] for each in refused.value.errors] == ["/file"]

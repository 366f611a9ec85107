"""Clips and effects: uploaded, admitted under the limit, rendered by a job, fetched by link."""

import functools
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import soundfile
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.live_room import tasks  # noqa: F401  (registers the handler)
from foundation.clock import now
from foundation.files import delete_expired, open_path
from foundation.models import StoredFile
from jobs.models import Job
from tests.conftest import Api, Tenant, slow_rate
from tests.jobs.work import execute

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


def sound(seconds: float = 0.6, rate: int = 22_050) -> SimpleUploadedFile:
    """A chord under a click every quarter of a second, in stereo WAV."""
    return SimpleUploadedFile("stand.wav", played(seconds, rate), "audio/wav")


@functools.cache
def played(seconds: float, rate: int) -> bytes:
    time = np.arange(int(seconds * rate)) / rate
    chord = sum(np.sin(2 * np.pi * f * time) for f in (110.0, 220.0, 330.0)) / 8
    clicks = ((time * 4) % 1 < 0.005) * 0.4
    buffer = io.BytesIO()
    soundfile.write(buffer, np.stack([chord + clicks, chord - clicks], axis=1), rate, format="WAV")
    return buffer.getvalue()


@pytest.fixture
def clip(api: Client, tenant: Tenant) -> Any:
    answer = api(tenant.live_key).upload("/v1/clips", {"file": sound()})
    assert answer.status_code == 201
    return answer.json()


class TestClips:
    def test_say_what_was_uploaded(self, clip: Any) -> None:
        assert (clip["name"], clip["sample_rate"], clip["channels"]) == ("stand.wav", 22_050, 2)
        assert clip["duration_s"] == pytest.approx(0.6, abs=0.01)

    def test_uploaded_twice_under_one_key_are_one(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        ids = {
            owner.upload("/v1/clips", {"file": sound()}, **{"Idempotency-Key": "up"}).json()["id"]
            for _ in range(2)
        }
        assert len(ids) == 1

    def test_of_another_organisation_do_not_exist(
        self, api: Client, clip: Any, stranger: Tenant
    ) -> None:
        foreign = api(stranger.live_key)
        assert foreign.get(f"/v1/clips/{clip['id']}").status_code == 404
        asked = {"clip": clip["id"], "kind": "stem", "name": "bass"}
        refused = foreign.post("/v1/effects", asked)
        assert refused.status_code == 404
        assert [each["pointer"] for each in refused.json()["errors"]] == ["/clip"]

    def test_of_live_mode_are_hidden_from_test_keys(
        self, api: Client, clip: Any, tenant: Tenant
    ) -> None:
        assert api(tenant.test_key).get(f"/v1/clips/{clip['id']}").status_code == 404

    def test_live_until_they_are_deleted_with_their_sound(
        self, api: Client, clip: Any, tenant: Tenant
    ) -> None:
        owner, much_later = api(tenant.live_key), now() + timedelta(days=999)
        delete_expired(now=much_later)
        file = StoredFile.objects.get()
        assert owner.delete(f"/v1/clips/{clip['id']}").status_code == 204
        assert owner.get(f"/v1/clips/{clip['id']}").status_code == 404
        delete_expired(now=much_later)
        assert not open_path(file).exists()


class TestAnEffect:
    @pytest.mark.parametrize(
        ("asked", "pointers"),
        [
            ({"kind": "stem", "name": "kazoo"}, ["/name"]),
            ({"kind": "chain", "name": "kazoo"}, ["/name"]),
            ({"kind": "noise", "name": "bass"}, ["/kind"]),
            (
                {"kind": "chain", "name": "stadium", "parameters": {"fo/g": 1, "decay_s": 99}},
                ["/parameters/fo~1g", "/parameters/decay_s"],
            ),
            (
                {"kind": "stem", "name": "kazoo", "parameters": {"fog": 1.0, "mist": 1.0}},
                ["/name", "/parameters/fog", "/parameters/mist"],
            ),
        ],
    )
    def test_that_cannot_be_is_refused_and_costs_nothing(
        self, api: Client, clip: Any, tenant: Tenant, asked: dict[str, Any], pointers: list[str]
    ) -> None:
        owner = api(tenant.live_key)
        refused = owner.post("/v1/effects", {"clip": clip["id"], **asked})
        assert refused.status_code == 400
        assert [each["pointer"] for each in refused.json()["errors"]] == pointers
        limits = {limit["name"]: limit for limit in owner.get("/v1/limits").json()["limits"]}
        assert limits["effects"]["used"] == 0

    def test_beyond_the_burst_is_refused_with_the_exact_wait(
        self, api: Client, clip: Any, tenant: Tenant
    ) -> None:
        slow_rate(tenant, "effects", burst=5)
        owner = api(tenant.live_key)
        asked = {"clip": clip["id"], "kind": "stem", "name": "bass"}
        answers = [owner.post("/v1/effects", asked) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [202] * 5 + [429]
        problem = answers[5].json()
        assert problem["violated-policies"] == ["effects"]
        assert 0 < problem["policies"][0]["retry_after_ms"] <= 600_000
        assert (
            int(answers[5].headers["Retry-After"]) * 1000
            >= problem["policies"][0]["retry_after_ms"]
        )

    def test_replayed_by_its_idempotency_key_costs_nothing(
        self, api: Client, clip: Any, tenant: Tenant
    ) -> None:
        owner = api(tenant.live_key)
        asked = {"clip": clip["id"], "kind": "stem", "name": "bass"}
        for _ in range(8):
            assert owner.post("/v1/effects", asked, **{"Idempotency-Key": "fx"}).status_code == 202
        assert Job.objects.filter(kind="live_room.render").count() == 1


@pytest.mark.django_db(transaction=True)
class TestItsJob:
    @pytest.mark.parametrize(
        ("kind", "name", "container"),
        [("stem", "percussive", "flac"), ("chain", "telephone", "wav")],
    )
    def test_makes_a_sound_that_its_link_serves(
        self, api: Client, clip: Any, tenant: Tenant, kind: str, name: str, container: str
    ) -> None:
        owner = api(tenant.live_key)
        asked = {"clip": clip["id"], "kind": kind, "name": name, "container": container}
        effect = owner.post("/v1/effects", asked).json()
        assert effect["url"] is None
        execute(effect["job"])
        done = owner.get(f"/v1/effects/{effect['id']}").json()
        assert done["state"] == "succeeded"
        served = api(None).get(done["url"])
        heard, rate = soundfile.read(io.BytesIO(b"".join(served.streaming_content)))
        assert rate == 22_050
        assert np.abs(heard).max() > 0.01
        tampered = done["url"].replace("signature=", "signature=0")
        assert api(None).get(tampered).json()["code"] == "link-expired"
        assert owner.get("/v1/usage").json()["meters"]["effects"] == "1"

    def test_may_make_more_than_an_upload_may_hold(
        self, api: Client, clip: Any, tenant: Tenant, settings: Any
    ) -> None:
        owner = api(tenant.live_key)
        asked = {"clip": clip["id"], "kind": "chain", "name": "telephone"}
        effect = owner.post("/v1/effects", asked).json()
        settings.UPLOAD_MAX_BYTES = 1_000
        execute(effect["job"])
        assert owner.get(f"/v1/effects/{effect['id']}").json()["state"] == "succeeded"

    def test_says_why_it_failed_where_the_effect_is_read(
        self, api: Client, clip: Any, tenant: Tenant
    ) -> None:
        owner = api(tenant.live_key)
        asked = {"clip": clip["id"], "kind": "stem", "name": "bass"}
        effect = owner.post("/v1/effects", asked).json()
        assert effect["error"] is None
        open_path(StoredFile.objects.get()).write_bytes(b"RIFF....WAVE")  # the disk forgot
        execute(effect["job"])
        failed = owner.get(f"/v1/effects/{effect['id']}").json()
        assert failed["state"] == "failed"
        assert failed["error"] == {
            "code": "unreadable-audio",
            "detail": "The WAV file is damaged: it cannot be decoded.",
            "reason": "damaged",
        }

    def test_corrects_the_clips_length(self, api: Client, clip: Any, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        asked = {"clip": clip["id"], "kind": "chain", "name": "telephone"}
        effect = owner.post("/v1/effects", asked).json()
        stored = open_path(StoredFile.objects.get())
        stored.write_bytes(stored.read_bytes()[: 44 + 4 * 11_025])
        execute(effect["job"])
        assert owner.get(f"/v1/clips/{clip['id']}").json()["duration_s"] == 0.5

    def test_fails_clearly_when_the_clip_was_deleted(
        self, api: Client, clip: Any, tenant: Tenant
    ) -> None:
        owner = api(tenant.live_key)
        asked = {"clip": clip["id"], "kind": "stem", "name": "bass"}
        effect = owner.post("/v1/effects", asked).json()
        owner.delete(f"/v1/clips/{clip['id']}")
        execute(effect["job"])
        job = owner.get(f"/v1/jobs/{effect['job']}").json()
        assert (job["state"], job["error"]["code"]) == ("failed", "not-found")
        assert owner.get("/v1/usage").json()["meters"] == {}

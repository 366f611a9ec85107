"""Tracks: uploaded, analysed by a job, and read back as a timeline that keeps its contract."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import soundfile
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.avsync import tasks  # noqa: F401  (registers the handler)
from apps.avsync.models import Track
from apps.avsync.services import delete_track
from apps.avsync.timeline import TimelineSerializer
from audio.synth.music import song
from foundation.clock import now
from foundation.files import delete_expired, open_path, store
from foundation.models import StoredFile
from jobs.models import Job
from jobs.registry import Result
from jobs.services import succeed
from tests.conftest import Api, Tenant
from tests.jobs.work import claim, execute

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


def upload(samples: np.ndarray[Any, Any], rate: int) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="FLAC")
    return SimpleUploadedFile("song.flac", buffer.getvalue(), "audio/flac")


@pytest.fixture
def track(api: Client, tenant: Tenant) -> Any:
    samples = np.zeros((22_050, 1), dtype=np.float32)
    answer = api(tenant.live_key).upload("/v1/tracks", {"file": upload(samples, 22_050)})
    assert answer.status_code == 201
    return answer.json()


def wav(samples: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, 22_050, format="WAV", subtype="FLOAT")
    return buffer.getvalue()


class TestATrack:
    def test_is_queued_for_analysis_at_once(self, track: Any) -> None:
        assert (track["state"], track["duration_s"]) == ("queued", 1.0)
        assert track["error"] is None

    def test_has_no_timeline_until_the_job_is_done(
        self, api: Client, tenant: Tenant, track: Any
    ) -> None:
        early = api(tenant.live_key).get(f"/v1/tracks/{track['id']}/timeline")
        assert early.status_code == 409
        assert early.json()["code"] == "timeline-not-ready"
        assert early.json()["job"] == track["job"]
        assert early.headers["Retry-After"] == "1"

    def test_of_another_organisation_does_not_exist(
        self, api: Client, stranger: Tenant, track: Any
    ) -> None:
        for path in (f"/v1/tracks/{track['id']}", f"/v1/tracks/{track['id']}/timeline"):
            assert api(stranger.live_key).get(path).status_code == 404

    def test_is_gone_with_its_analysis_when_deleted(
        self, api: Client, tenant: Tenant, track: Any
    ) -> None:
        owner = api(tenant.live_key)
        assert owner.delete(f"/v1/tracks/{track['id']}").status_code == 204
        assert owner.get(f"/v1/tracks/{track['id']}").status_code == 404
        assert owner.get(f"/v1/jobs/{track['job']}").json()["state"] == "aborted"

    def test_is_listed(self, api: Client, tenant: Tenant, track: Any) -> None:
        assert api(tenant.live_key).get("/v1/tracks").json()["data"] == [track]
        assert api(tenant.test_key).get("/v1/tracks").json()["data"] == []


@pytest.mark.django_db(transaction=True)
class TestItsTimeline:
    def test_finds_the_beats_of_a_song_with_a_known_grid(self, api: Client, tenant: Tenant) -> None:
        sound, truth = song(np.random.default_rng(7), bpm=124.0, seconds=12.0)
        owner = api(tenant.live_key)
        file = upload(sound, 44_100)
        track = owner.upload("/v1/tracks", {"file": file}).json()
        execute(track["job"])
        timeline = owner.get(f"/v1/tracks/{track['id']}/timeline").json()
        assert timeline["tempo"]["bpm"] == pytest.approx(124.0, rel=0.02)
        found = np.array([beat["time"] for beat in timeline["beats"]])
        hits = [np.abs(found - beat).min() < 0.07 for beat in truth.beats]
        assert np.mean(hits) > 0.8

    def test_stays_as_long_as_the_track_and_goes_with_it(
        self, api: Client, tenant: Tenant, track: Any
    ) -> None:
        owner, much_later = api(tenant.live_key), now() + timedelta(days=999)
        execute(track["job"])
        delete_expired(now=much_later)
        kept = [open_path(file) for file in StoredFile.objects.all()]
        assert len(kept) == 2
        assert owner.delete(f"/v1/tracks/{track['id']}").status_code == 204
        assert not any(path.exists() for path in kept)
        assert not StoredFile.objects.exists()

    def test_is_not_kept_when_the_track_goes_while_it_is_made(
        self, tenant: Tenant, track: Any
    ) -> None:
        job = claim(Job.objects.get(pk=track["job"]), now())
        assert job is not None
        timeline = store(
            organisation_id=tenant.organisation.pk,
            name="timeline.json",
            content_type="application/json",
            chunks=[b"{}"],
            now=now(),
        )
        delete_track(Track.objects.get(pk=track["id"]), now=now())
        assert not succeed(job, Result({}, (timeline,), keep=True), now=now())
        assert not StoredFile.objects.exists()

    def test_that_is_done_since_the_track_was_read_holds_no_deletion_up(self, track: Any) -> None:
        seen = Track.objects.select_related("analysis").get(pk=track["id"])
        execute(track["job"])
        delete_track(seen, now=now())
        assert not StoredFile.objects.exists()

    def test_that_cannot_be_made_says_why_as_the_track_does(
        self, api: Client, tenant: Tenant, track: Any
    ) -> None:
        owner = api(tenant.live_key)
        open_path(StoredFile.objects.get()).write_bytes(b"fLaC" + bytes(60))  # the disk forgot
        execute(track["job"])
        detail = "The FLAC file is damaged: it cannot be decoded."
        failed = owner.get(f"/v1/tracks/{track['id']}").json()
        assert failed["state"] == "failed"
        assert failed["error"] == {
            "code": "unreadable-audio",
            "detail": detail,
            "reason": "damaged",
        }
        problem = owner.get(f"/v1/tracks/{track['id']}/timeline")
        told = problem.json()
        assert (problem.status_code, told["code"], told["state"]) == (
            422,
            "analysis-failed",
            "failed",
        )
        assert (told["detail"], told["reason"]) == (detail, "damaged")
        assert told["problem"] == owner.get(f"/v1/jobs/{track['job']}").json()["error"]

    def test_that_was_cancelled_says_so(self, api: Client, tenant: Tenant, track: Any) -> None:
        owner = api(tenant.live_key)
        owner.post(f"/v1/jobs/{track['job']}/cancel")
        told = owner.get(f"/v1/tracks/{track['id']}/timeline").json()
        assert (told["code"], told["reason"], told["problem"]) == (
            "analysis-failed",
            "cancelled",
            None,
        )
        assert told["detail"] == "The analysis was cancelled."
        assert owner.get(f"/v1/tracks/{track['id']}").json()["error"] is None

    def test_of_a_file_with_holes_corrects_the_tracks_length(
        self, api: Client, tenant: Tenant
    ) -> None:
        owner = api(tenant.live_key)
        noise = np.random.default_rng(1).uniform(-0.5, 0.5, 22_050)
        whole = upload(noise, 22_050).read()
        short = SimpleUploadedFile("song.flac", whole[:-100])
        track = owner.upload("/v1/tracks", {"file": short}).json()
        assert track["duration_s"] == 1.0  # the last frame begins, so it is counted
        execute(track["job"])
        timeline = owner.get(f"/v1/tracks/{track['id']}/timeline").json()
        corrected = owner.get(f"/v1/tracks/{track['id']}").json()["duration_s"]
        assert 0.5 < corrected < 1.0
        assert timeline["duration"] == pytest.approx(corrected, abs=1e-4)

    def test_hears_what_is_not_a_number_as_silence(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        file = SimpleUploadedFile("song.wav", wav(np.full((22_050, 1), np.nan)))
        track = owner.upload("/v1/tracks", {"file": file}).json()
        execute(track["job"])
        timeline = owner.get(f"/v1/tracks/{track['id']}/timeline").json()
        assert timeline["silences"] == [{"start": 0.0, "end": 1.0}]

    def test_keeps_to_its_contract_for_silence_too(
        self, api: Client, tenant: Tenant, track: Any
    ) -> None:
        owner = api(tenant.live_key)
        execute(track["job"])
        timeline = owner.get(f"/v1/tracks/{track['id']}/timeline").json()
        serializer = TimelineSerializer(data=timeline)
        assert serializer.is_valid(), serializer.errors
        assert set(timeline) == set(serializer.fields)
        assert timeline["beats"] == []
        assert timeline["loudness"]["integrated_lufs"] is None

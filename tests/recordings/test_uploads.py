"""Uploads: looked at before they are spent on, within the tier's limits, for every family alike."""

import io
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import soundfile
from django.core.files.uploadedfile import SimpleUploadedFile

from audio.files import ffmpeg
from foundation import clock
from foundation.files import TooLarge, delete_expired, open_path
from foundation.http.bodies import FORM_OVERHEAD_BYTES
from foundation.models import StoredFile
from recordings import services
from recordings.limits import Limits, limits_of
from recordings.models import Recording
from recordings.reading import measure
from tenants.models import TierVersion
from tenants.queries import tier_version
from tenants.services.tiers import copy_tier_version
from tests.audio.containers.samples import chord, muxed
from tests.conftest import Api, Tenant, slow_rate

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db
FAMILIES = ["/v1/tracks", "/v1/clips"]
RATE = 22_050


def wav(samples: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, RATE, format="WAV", subtype="FLOAT")
    return buffer.getvalue()


def sound(seconds: float) -> SimpleUploadedFile:
    return SimpleUploadedFile("stand.wav", wav(np.zeros((int(seconds * RATE), 1))))


def publish(**numbers: int) -> TierVersion:
    """The first tier's next version, in force at once, which takes recordings of this size."""
    moment = clock.now()
    version = copy_tier_version(tier_version("beta", moment), effective_at=moment)
    TierVersion.objects.filter(pk=version.pk).update(**numbers)
    return TierVersion.objects.get(pk=version.pk)


def spent(client: Api) -> int:
    (requests,) = (
        each for each in client.get("/v1/limits").json()["limits"] if each["name"] == "requests"
    )
    return int(requests["used"])


@pytest.mark.parametrize("path", FAMILIES)
class TestAnUpload:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (wav(np.zeros((0, 1))), "no-samples"),
            (wav(np.full((100, 1), 32_768.0)), "bad-samples"),
            (b"", None),
            (b"fLaC" + bytes(60), "damaged"),
            (b"#!AMR\n" + bytes(60), "unsupported-format"),
        ],
        # Not the bytes: a WAV tells when it was made, and each worker would name another test.
        ids=["no samples", "beyond all levels", "nothing", "damaged", "of another kind"],
    )
    def test_that_can_be_seen_to_be_unreadable_is_refused_by_name(
        self, api: Client, tenant: Tenant, path: str, data: bytes, reason: str | None
    ) -> None:
        file = SimpleUploadedFile("song.wav", data)
        refused = api(tenant.live_key).upload(path, {"file": file})
        assert refused.status_code == (422 if reason else 400)
        assert refused.json().get("reason") == reason
        if not reason:
            (pointed,) = refused.json()["errors"]
            assert (pointed["pointer"], pointed["code"]) == ("/file", "empty")
        assert not StoredFile.objects.exists()
        assert "<" not in refused.json()["detail"]

    def test_for_which_no_decoder_is_free_is_told_to_come_again(
        self, api: Client, tenant: Tenant, path: str
    ) -> None:
        data = muxed(chord(1.0), "ipod", "aac")
        with ExitStack() as held:
            for _ in range(ffmpeg.MAX_CHILDREN):
                held.enter_context(ffmpeg.opened(io.BytesIO(data), "AAC", "measure"))
            file = SimpleUploadedFile("song.m4a", data)
            refused = api(tenant.live_key).upload(path, {"file": file})
        assert (refused.status_code, refused.json()["code"]) == (503, "decoders-busy")
        assert int(refused["Retry-After"]) > 0
        assert not StoredFile.objects.exists()
        file = SimpleUploadedFile("song.m4a", data)
        assert api(tenant.live_key).upload(path, {"file": file}).status_code == 201

    def test_that_is_no_sound_is_refused_with_a_pointer(
        self, api: Client, tenant: Tenant, path: str
    ) -> None:
        upload = SimpleUploadedFile("notes.txt", b"not a sound at all")
        refused = api(tenant.live_key).upload(path, {"file": upload})
        assert refused.status_code == 422
        assert refused.json()["code"] == "unreadable-audio"
        assert refused.json()["errors"][0]["pointer"] == "/file"

    def test_without_a_file_is_refused(self, api: Client, tenant: Tenant, path: str) -> None:
        refused = api(tenant.live_key).upload(path, {"name": "nothing"})
        assert refused.json()["errors"][0]["pointer"] == "/file"

    def test_has_the_name_it_is_given_or_its_files(
        self, api: Client, tenant: Tenant, path: str
    ) -> None:
        owner = api(tenant.live_key)
        assert owner.upload(path, {"file": sound(0.1)}).json()["name"] == "stand.wav"
        named = owner.upload(path, {"file": sound(0.1), "name": "Derby"}).json()
        assert named["name"] == "Derby"


@pytest.mark.parametrize("path", FAMILIES)
class TestATier:
    def test_takes_recordings_up_to_its_length_and_names_it(
        self, api: Client, tenant: Tenant, path: str
    ) -> None:
        publish(recording_seconds_max=2)
        owner = api(tenant.live_key)
        assert owner.upload(path, {"file": sound(2.0)}).status_code == 201
        refused = owner.upload(path, {"file": sound(2.01)})
        told = refused.json()
        assert (refused.status_code, told["code"]) == (422, "unreadable-audio")
        assert (told["reason"], told["detail"]) == (
            "audio-too-long",
            "The audio lasts longer than 2 seconds.",
        )
        (pointed,) = told["errors"]
        assert (pointed["pointer"], pointed["code"]) == ("/file", "audio-too-long")
        assert StoredFile.objects.count() == 1

    def test_takes_recordings_up_to_its_size_and_names_it(
        self, api: Client, tenant: Tenant, path: str
    ) -> None:
        size = sound(1.0).size
        assert size is not None
        publish(recording_bytes_max=size)
        slow_rate(tenant, "requests", burst=20)
        owner = api(tenant.live_key)
        assert owner.upload(path, {"file": sound(1.0)}).status_code == 201
        before = spent(owner)
        refused = owner.upload(path, {"file": sound(1.001)})
        told = refused.json()
        assert (refused.status_code, told["code"]) == (413, "too-large")
        assert told["limit_bytes"] == size
        (pointed,) = told["errors"]
        assert pointed == {
            "pointer": "/file",
            "code": "too-large",
            "detail": f"At most {size} bytes. {TooLarge.advice}",
        }
        assert spent(owner) == before + 1  # the look at it
        assert StoredFile.objects.count() == 1

    def test_reads_no_form_that_can_only_be_too_large(
        self, api: Client, tenant: Tenant, path: str
    ) -> None:
        publish(recording_bytes_max=1_000)
        file = SimpleUploadedFile("song.wav", bytes(FORM_OVERHEAD_BYTES + 1_000))
        told = api(tenant.live_key).upload(path, {"unheard-of": file}).json()
        assert (told["code"], told["limit_bytes"]) == ("too-large", 1_000)
        assert told["errors"][0]["pointer"] == "/file"

    def test_takes_no_more_than_any_body_may_have(
        self, api: Client, tenant: Tenant, path: str, settings: Any
    ) -> None:
        settings.UPLOAD_MAX_BYTES = 1_000
        told = api(tenant.live_key).upload(path, {"file": sound(1.0)}).json()
        assert (told["code"], told["limit_bytes"]) == ("too-large", 1_000)


class TestARecording:
    def upload(self, tenant: Tenant, limits: Limits, seconds: float = 1.0) -> Recording:
        upload = measure(sound(seconds), name="stand", limits=limits)
        return services.store(
            upload, organisation=tenant.organisation, livemode=True, now=clock.now()
        )

    def test_that_nothing_is_made_of_ends_by_itself(self, tenant: Tenant) -> None:
        recording = self.upload(tenant, limits_of(TierVersion()))
        path, moment = open_path(recording.file), clock.now()
        assert path.exists()
        delete_expired(now=moment + timedelta(minutes=59))
        assert Recording.objects.get() == recording
        delete_expired(now=moment + timedelta(minutes=61))
        assert not path.exists()
        assert not Recording.objects.exists()

    def test_that_is_kept_stays(self, tenant: Tenant) -> None:
        recording = self.upload(tenant, limits_of(TierVersion()))
        services.keep(recording)
        delete_expired(now=clock.now() + timedelta(days=999))
        assert Recording.objects.get() == recording

    def test_is_read_under_the_limit_it_was_taken_under(self, tenant: Tenant) -> None:
        recording = self.upload(tenant, Limits(seconds=3, bytes=10**6), seconds=3.0)
        publish(recording_seconds_max=1)
        assert services.sound_of(recording).duration == 3.0
        assert recording.seconds_max == 3

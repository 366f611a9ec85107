"""A file scored as if it had come live, by any version of the crowd score."""

import hashlib
import io
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
import soundfile
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.live_audio_feedback.api import rescoring
from audio.crowd import DEFAULT, FRAME_SAMPLES, VERSIONS, CrowdBank
from audio.synth.crowd import applause
from foundation.models import StoredFile
from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(api: Client, tenant: Tenant) -> Api:
    return api(tenant.live_key)


def sound(seconds: float = 2.0, rate: int = 16_000) -> tuple[Any, bytes]:
    samples = applause(seconds, np.random.default_rng(3))
    written = io.BytesIO()
    soundfile.write(written, samples, rate, format="WAV", subtype="PCM_16")
    return (samples * 32768).round().clip(-32768, 32767).astype(np.int16), written.getvalue()


def score(owner: Api, body: bytes, **asked: str) -> Any:
    file = SimpleUploadedFile("clapping.wav", body)
    return owner.upload("/v1/score", {"file": file, **asked})


class TestAFile:
    @pytest.mark.parametrize("name", VERSIONS)
    def test_has_the_scores_that_its_frames_had_live(self, owner: Api, name: str) -> None:
        samples, body = sound()
        bank = CrowdBank(1, VERSIONS[name])
        slots = np.array([bank.open()])
        live = []
        for at in range(0, len(samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
            bank.push(slots, samples[None, at : at + FRAME_SAMPLES])
            if (at // FRAME_SAMPLES + 1) % 5 == 0:
                live.append(bank.read(slots)[0])

        answer = score(owner, body, scorer=name)

        assert answer.status_code == 200
        told = answer.json()
        assert (told["scorer"], told["scorer_sha256"]) == (name, VERSIONS[name].sha256)
        assert (told["score_hz"], told["duration_s"]) == (10, 2.0)
        assert told["sha256"] == hashlib.sha256(body).hexdigest()
        assert [row["at_s"] for row in told["scores"]] == [n / 10 for n in range(1, 21)]
        for row, heard in zip(told["scores"], live, strict=True):
            assert row["score"] == pytest.approx(heard.score, abs=0.02)
            assert set(row["parts"]) == {"level", *VERSIONS[name].sounds}
            assert row["parts"]["applause"] == pytest.approx(heard.applause, abs=2e-3)
        assert told["scores"][-1]["parts"]["applause"] > 0.5

    def test_is_scored_by_the_default_where_none_is_named(self, owner: Api) -> None:
        told = score(owner, sound()[1]).json()
        assert told["scorer"] == DEFAULT.name

    def test_of_another_rate_and_two_channels_is_scored_too(self, owner: Api) -> None:
        clapping = applause(2.0, np.random.default_rng(3))
        written = io.BytesIO()
        both = np.stack([np.repeat(clapping, 3)] * 2, axis=1)
        soundfile.write(written, both, 48_000, format="FLAC")
        told = score(owner, written.getvalue()).json()
        assert len(told["scores"]) == 20
        assert told["scores"][-1]["score"] > 50

    def test_is_not_kept(self, owner: Api) -> None:
        score(owner, sound()[1])
        assert not StoredFile.objects.exists()


class TestRefusals:
    def test_point_at_a_version_that_there_is_not(self, owner: Api) -> None:
        answer = score(owner, sound()[1], scorer="ramps-0")
        assert answer.status_code == 400
        [error] = answer.json()["errors"]
        assert error["pointer"] == "/scorer"
        assert ", ".join(VERSIONS) in error["detail"]

    def test_point_at_a_file_that_is_too_long(self, owner: Api) -> None:
        written = io.BytesIO()
        soundfile.write(written, np.zeros(121 * 8_000, np.float32), 8_000, format="FLAC")
        answer = score(owner, written.getvalue())
        assert answer.status_code == 422
        [error] = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/file", "audio-too-long")

    def test_point_at_a_small_file_that_unpacks_to_more_than_is_scored(self, owner: Api) -> None:
        written = io.BytesIO()
        soundfile.write(written, np.zeros((16 * 192_000, 8), np.float32), 192_000, format="FLAC")
        answer = score(owner, written.getvalue())
        assert answer.status_code == 422
        [error] = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/file", "too-many-samples")

    def test_tell_of_other_files_that_are_being_scored(self, owner: Api) -> None:
        with ExitStack() as held:
            for _ in range(rescoring.AT_ONCE):
                held.enter_context(rescoring.place())
            answer = score(owner, sound()[1])
        assert (answer.status_code, answer.json()["code"]) == (503, "scorers-busy")
        assert int(answer["Retry-After"]) > 0
        assert score(owner, sound()[1]).status_code == 200

    def test_point_at_what_is_no_sound(self, owner: Api) -> None:
        answer = score(owner, b"no sound at all")
        assert (answer.status_code, answer.json()["code"]) == (422, "unreadable-audio")

    def test_are_for_keys_without_the_scope(self, api: Client, owner: Api) -> None:
        wish = {"name": "Reader", "scopes": ["usage:read"]}
        reader = api(owner.post("/v1/keys", wish).json()["secret"])
        answer = score(reader, sound()[1])
        assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")

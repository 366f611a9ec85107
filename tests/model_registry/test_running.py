"""Registered models at work: from a call to a result, through the family's own job."""

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import soundfile
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.model_registry import tasks
from apps.model_registry.running import loaded
from foundation.clock import now
from foundation.files import open_path, uploads
from foundation.models import StoredFile
from gateway.callers.credentials import credentials
from jobs.models import Job
from tenants.models import TierVersion
from tests.conftest import Api, Tenant
from tests.jobs.work import execute
from tests.model_registry.making import RATE, data, register
from tests.modelhub import real
from tests.modelhub.contracts.test_real_models import struck
from tests.modelhub.runtimes import graphs

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(api: Client, tenant: Tenant) -> Api:
    return api(tenant.live_key)


def clip(owner: Api, samples: Any, rate: int = RATE) -> str:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="WAV", subtype="FLOAT")
    sound = SimpleUploadedFile("sound.wav", buffer.getvalue())
    made = owner.upload("/v1/clips", {"file": sound})
    assert made.status_code == 201, made.content
    return str(made.json()["id"])


def run(owner: Api, model: str, given: Any, **terms: Any) -> Job:
    answer = owner.post("/v1/jobs", {"model": model, "input": given} | terms)
    assert answer.status_code == 202, answer.content
    assert answer.json()["kind"] == "models.infer"
    execute(answer.json()["id"])
    return Job.objects.get(pk=answer.json()["id"])


def result(owner: Api, model: str, given: Any) -> Any:
    job = run(owner, model, given)
    assert job.state == Job.State.SUCCEEDED, job.error
    return job.result


def arrays(name: str = "arrays.npz") -> Any:
    return np.load(open_path(StoredFile.objects.get(name=name)), allow_pickle=False)


STEPS = np.repeat([0.6, -0.25, 0.75], 800)  # three windows, each of one value


class TestAContract:
    def test_of_a_tagger(self, owner: Api) -> None:
        model = register(owner, "audio_tagger").json()
        found = result(owner, model["id"], {"file": clip(owner, STEPS)})
        assert (found["model"], found["contract"]) == (model["id"], "audio_tagger")
        assert found["summary"]["windows"] == 3
        assert [each["label"] for each in found["summary"]["segments"]].count("loud") == 2
        assert found["computed_on"] == {"accelerator": "cpu", "provider": "CPUExecutionProvider"}
        assert Job.objects.get().provider == "CPUExecutionProvider"
        assert np.allclose(arrays()["scores"][:, 0], [0.6, -0.25, 0.75], atol=1e-5)

    def test_of_an_embedding(self, owner: Api) -> None:
        model = register(owner, "embedding").json()
        result(owner, model["id"], {"file": clip(owner, STEPS)})
        assert np.linalg.norm(arrays()["whole"]) == pytest.approx(1.0, abs=1e-5)

    def test_of_a_separator_gives_sound(self, owner: Api) -> None:
        model = register(owner, "separator").json()
        found = result(owner, model["id"], {"file": clip(owner, STEPS)})
        assert [stem["label"] for stem in found["summary"]["stems"]] == ["all", "nothing"]
        stem, rate = soundfile.read(open_path(StoredFile.objects.get(name="all.wav")))
        assert rate == RATE
        assert np.allclose(stem[200:600], 0.6, atol=1e-3)
        silent, _ = soundfile.read(open_path(StoredFile.objects.get(name="nothing.wav")))
        assert not np.any(np.abs(silent) > 1e-4)

    def test_of_pitch_gives_notes(self, owner: Api) -> None:
        model = register(owner, "pitch").json()
        found = result(owner, model["id"], {"file": clip(owner, STEPS)})
        assert {note["midi"] for note in found["summary"]["notes"]} == {62}

    def test_of_tensors(self, owner: Api) -> None:
        model = register(owner, "tensors").json()
        found = result(owner, model["id"], {"tensors": {"x": [[1, 0, 0, 0], [0, 0, 0, 2]]}})
        assert found["summary"]["outputs"] == {"y": {"dtype": "float32", "shape": [2, 3]}}
        assert arrays()["y"].tolist() == [[0, 1, 2], [18, 20, 22]]


class TestARealModel:
    def test_hears_notes_in_a_clip(self, owner: Api) -> None:
        body, declared = real.path(real.NOTES).read_bytes(), json.dumps(real.NOTES_DECLARED)
        model = register(owner, "pitch", body, declaration=declared).json()
        tune = np.concatenate([struck(midi, 1.0) for midi in (60, 67)])
        found = result(owner, model["id"], {"file": clip(owner, tune, 22_050)})
        told = {(note["midi"], round(note["start_s"])) for note in found["summary"]["notes"]}
        assert told >= {(60, 0), (67, 1)}

    def test_hears_no_speech_in_notes(self, owner: Api) -> None:
        body, declared = real.path(real.SPEECH).read_bytes(), json.dumps(real.SPEECH_DECLARED)
        model = register(owner, "audio_tagger", body, declaration=declared).json()
        found = result(owner, model["id"], {"file": clip(owner, struck(60, 2.0), 22_050)})
        assert found["summary"]["labels"][0]["mean"] < 0.5
        assert found["summary"]["windows"] > 50

    def test_hears_who_speaks(self, owner: Api, recordings: Any) -> None:
        body, declared = real.path(real.SPEECH).read_bytes(), json.dumps(real.SPEECH_DECLARED)
        model = register(owner, "audio_tagger", body, declaration=declared).json()
        samples, rate = soundfile.read(recordings / "speech/libri_anders_lankford.ogg")
        found = result(owner, model["id"], {"file": clip(owner, samples[: 6 * rate], rate)})
        assert found["summary"]["labels"][0]["mean"] > 0.7
        assert found["summary"]["segments"]


class TestAJob:
    def test_takes_what_another_job_has_made(self, owner: Api) -> None:
        parted = register(owner, "separator").json()
        run(owner, parted["id"], {"file": clip(owner, STEPS)})
        made = StoredFile.objects.get(name="all.wav")
        tagger = register(owner, "audio_tagger", name="tagger").json()
        assert result(owner, tagger["id"], {"file": made.pk})["summary"]["windows"] == 3

    def test_takes_what_was_uploaded_in_parts(self, owner: Api, tenant: Tenant) -> None:
        buffer = io.BytesIO()
        soundfile.write(buffer, STEPS, RATE, format="WAV")
        body, mine = buffer.getvalue(), tenant.organisation.pk
        asked = uploads.Asked("sound.wav", "audio/wav", "input", len(body))
        allowed = uploads.Allowed(len(body), ())
        upload = uploads.begin(
            asked, organisation_id=mine, livemode=True, allowed=allowed, now=now()
        )
        uploads.append(upload, offset=0, chunks=[body], now=now())
        upload.refresh_from_db()
        uploads.finish(upload, allowed=allowed, now=now())
        tagger = register(owner, "audio_tagger").json()
        for called in (upload.file_id, upload.pk):
            found = result(owner, tagger["id"], {"file": called})
            assert found["summary"]["windows"] == 3

    def test_is_billed_by_its_seconds_and_orders_itself_by_its_model(self, owner: Api) -> None:
        model = register(owner, "audio_tagger").json()
        terms = {"priority": "high", "deadline_s": 60, "metadata": {"match": "derby"}}
        job = run(owner, model["id"], {"file": clip(owner, STEPS)}, **terms)
        assert (job.model, job.meter) == (model["sha256"], "")
        assert job.needs_bytes == 2 * model["size_bytes"]
        assert job.expected_seconds == pytest.approx(0.109)
        assert (job.priority, job.metadata) == (Job.Priority.HIGH, {"match": "derby"})
        assert job.deadline_at is not None
        assert model["sha256"] in loaded()

    def test_keeps_a_long_summary_in_a_file(
        self, owner: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tasks, "SUMMARY_BYTES", 100)
        model = register(owner, "audio_tagger").json()
        assert result(owner, model["id"], {"file": clip(owner, STEPS)})["summary"] is None
        [file] = StoredFile.objects.filter(name="summary.json")
        assert json.loads(open_path(file).read_bytes())["windows"] == 3

    def test_runs_a_graph_with_external_data(self, owner: Api) -> None:
        model, body = graphs.product(), np.arange(12, dtype=np.float32).tobytes()
        [weights] = model.graph.initializer
        weights.ClearField("raw_data")
        weights.data_location = weights.EXTERNAL
        for key, value in (("location", "w.bin"), ("offset", "0"), ("length", str(len(body)))):
            weights.external_data.add(key=key, value=value)
        names = ["m.onnx", "w.bin"]
        found = register(owner, "tensors", data(model), body, names=names).json()
        result(owner, found["id"], {"tensors": {"x": [[0, 0, 0, 1]]}})
        assert arrays()["y"].tolist() == [[9, 10, 11]]

    def test_fails_by_name(self, owner: Api) -> None:
        unknown = register(owner, "tensors", data(graphs.foreign())).json()
        job = run(owner, unknown["id"], {"tensors": {"x": [[0, 0, 0, 0]]}})
        assert job.error is not None
        assert (job.state, job.error["code"]) == ("failed", "model-unloadable")
        broken = register(owner, "tensors", data(graphs.reshaping()), name="broken").json()
        job = run(owner, broken["id"], {"tensors": {"x": [1, 2, 3]}})
        assert job.error is not None
        assert (job.state, job.error["code"]) == ("failed", "model-failed")

    def test_waits_for_an_accelerator_that_it_demands_and_else_goes_without(
        self, owner: Api
    ) -> None:
        model = register(owner, "tensors").json()
        asked = {"model": model["id"], "input": {"tensors": {"x": [[0, 0, 0, 0]]}}}
        demand = {"accelerator": "npu", "accelerator_required": True}
        waiting = Job.objects.get(pk=owner.post("/v1/jobs", asked | demand).json()["id"])
        assert "npu" in waiting.queue
        preferred = owner.post("/v1/jobs", asked | {"accelerator": "npu"}).json()["id"]
        execute(preferred)
        done = Job.objects.get(pk=preferred)
        assert done.result is not None
        assert (done.accelerator, done.result["computed_on"]["accelerator"]) == ("npu", "cpu")

    def test_fails_once_its_model_is_retired(self, owner: Api) -> None:
        model = register(owner, "tensors", data(graphs.product(np.ones((4, 5), np.float32)))).json()
        asked = {"model": model["id"], "input": {"tensors": {"x": [[0, 0, 0, 0]]}}}
        waiting = owner.post("/v1/jobs", asked).json()["id"]
        owner.delete(f"/v1/models/{model['id']}")
        execute(waiting)
        error = Job.objects.get(pk=waiting).error
        assert error is not None
        assert error["code"] == "not-found"
        assert owner.post("/v1/jobs", asked).status_code == 404


class TestRefusal:
    def test_of_what_the_tier_keeps_from_the_cloud(self, owner: Api, tenant: Tenant) -> None:
        model = register(owner, "tensors").json()
        TierVersion.objects.filter(tier_id=tenant.organisation.tier_id).update(
            transformer_parameters_below=1
        )
        credentials().clear()
        asked = {"model": model["id"], "input": {"tensors": {"x": [[0, 0, 0, 0]]}}}
        refused = owner.post("/v1/jobs", asked)
        assert (refused.status_code, refused.json()["code"]) == (422, "model-cap-exceeded")
        assert refused.json()["placement"] == "cloud"

    @pytest.mark.parametrize(
        ("contract", "given", "pointer"),
        [
            ("tensors", {"file": "clip"}, "/input"),
            ("audio_tagger", {"tensors": {"x": [1]}}, "/input"),
            ("tensors", {}, "/input"),
            ("tensors", {"tensors": [1]}, "/input/tensors"),
            ("tensors", {"tensors": {"x": [[1, 2]]}}, "/input/tensors/x"),
            ("tensors", {"tensors": {"y": [[1, 2]]}}, "/input/tensors/y"),
            ("tensors", {"tensors": {"x": [[1, 2], [3]]}}, "/input/tensors/x"),
            ("tensors", {"tensors": {"x": "text"}}, "/input/tensors/x"),
        ],
    )
    def test_points_at_the_input(self, owner: Api, contract: str, given: Any, pointer: str) -> None:
        model = register(owner, contract).json()
        if given == {"file": "clip"}:
            given = {"file": clip(owner, STEPS)}
        refused = owner.post("/v1/jobs", {"model": model["id"], "input": given})
        assert refused.status_code in {400, 422}, refused.content
        assert refused.json()["errors"][0]["pointer"] == pointer
        assert not Job.objects.exists()

    def test_of_a_model_without_a_contract(self, owner: Api) -> None:
        model = register(owner).json()
        asked = {"model": model["id"], "input": {"tensors": {"x": [[0, 0, 0, 0]]}}}
        refused = owner.post("/v1/jobs", asked).json()
        assert refused["code"] == "model-not-runnable"
        assert [each["pointer"] for each in refused["errors"]] == ["/model"]
        assert "A new version is needed" in refused["detail"]

    def test_of_what_is_anothers(self, owner: Api, api: Client, stranger: Tenant) -> None:
        foreign = api(stranger.live_key)
        mine, theirs = register(owner, "separator").json(), register(foreign, "separator").json()
        sound = clip(owner, STEPS)
        run(owner, mine["id"], {"file": sound})
        made = StoredFile.objects.get(name="all.wav").pk
        for model, file, pointer in (
            (mine["id"], sound, "/model"),
            (theirs["id"], sound, "/input/file"),
            (theirs["id"], made, "/input/file"),
            (theirs["id"], "trk_none", "/input/file"),
        ):
            refused = foreign.post("/v1/jobs", {"model": model, "input": {"file": file}})
            assert refused.status_code == 404
            (told,) = refused.json()["errors"]
            assert (told["pointer"], told["code"]) == (pointer, "not-found")
            assert told["detail"] == refused.json()["detail"]

    def test_of_live_sound_under_a_test_key(self, owner: Api, api: Client, tenant: Tenant) -> None:
        trial = api(tenant.test_key)
        model = register(trial, "audio_tagger").json()
        asked = {"model": model["id"], "input": {"file": clip(owner, STEPS)}}
        assert trial.post("/v1/jobs", asked).status_code == 404
        own = {"model": model["id"], "input": {"file": clip(trial, STEPS)}}
        assert trial.post("/v1/jobs", own).status_code == 202

"""Drift of registered models: a record of each job, a reference learnt or chosen, an alarm."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from apps.model_registry import tasks  # noqa: F401  (registers the handler)
from apps.model_registry.models import DriftRecord, DriftReference, Model
from apps.model_registry.services import drifting
from foundation.clock import now
from foundation.events.models import Event
from modelhub.drift import FEATURES, Statistics, of_input, of_output
from tests.conftest import Api, Tenant
from tests.model_registry.making import WINDOW, register
from tests.model_registry.test_running import clip, run

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(api: Client, tenant: Tenant) -> Api:
    return api(tenant.live_key)


def noise(level: float, windows: int = 120, seed: int = 3) -> Any:
    return np.random.default_rng(seed).normal(0, level, windows * WINDOW).clip(-1, 1)


def heard(owner: Api, model: str, level: float, seed: int = 3) -> str:
    return str(run(owner, model, {"file": clip(owner, noise(level, seed=seed))}).pk)


def records(owner: Api, model: str) -> Any:
    return owner.get(f"/v1/models/{model}/drift").json()["data"]


def choose(owner: Api, model: str, *jobs: str) -> Any:
    return owner.post(f"/v1/models/{model}/reference", {"jobs": list(jobs)})


class TestARecord:
    def test_is_kept_of_every_job_on_sound(self, owner: Api) -> None:
        model = register(owner, "audio_tagger").json()["id"]
        job = heard(owner, model, 0.1)
        [record] = records(owner, model)
        assert (record["job"], record["windows"], record["verdict"]) == (job, 120, "learning")
        assert record["features"] == []
        assert set(record["statistics"]) == set(FEATURES)

    def test_tells_the_same_sound_from_another(self, owner: Api) -> None:
        model = register(owner, "audio_tagger").json()["id"]
        chosen = choose(owner, model, heard(owner, model, 0.1)).json()
        assert (chosen["windows"], chosen["chosen"]) == (120, True)
        heard(owner, model, 0.1, seed=4)
        louder = heard(owner, model, 0.8)
        other, same, _ = records(owner, model)
        assert same["verdict"] == "steady"
        assert (other["job"], other["verdict"]) == (louder, "alarm")
        verdicts = {each["feature"]: each["verdict"] for each in other["features"]}
        assert verdicts["input_rms"] == "alarm"
        assert verdicts["input_zero_crossings"] == "steady"
        [event] = Event.objects.filter(type="model.drifted")
        assert (event.data["id"], event.data["job"]) == (model, louder)
        assert "input_rms" in event.data["features"]

    def test_is_no_others_to_see_or_to_set(self, owner: Api, api: Client, stranger: Tenant) -> None:
        foreign, model = api(stranger.live_key), register(owner, "audio_tagger").json()["id"]
        job = heard(owner, model, 0.1)
        assert foreign.get(f"/v1/models/{model}/drift").status_code == 404
        assert choose(foreign, model, job).status_code == 404
        another = register(owner, "audio_tagger", version="2").json()["id"]
        refused = choose(owner, another, job)
        assert (refused.status_code, refused.json()["code"]) == (422, "no-drift-record")
        assert refused.json()["jobs"] == [job]


class TestTheReference:
    def statistics(self, level: float) -> Statistics:
        sound = noise(level).reshape(-1, WINDOW).astype(np.float32)
        return Statistics.empty().add({**of_input(sound), **of_output(sound)})

    def test_is_learnt_from_the_first_jobs(self, owner: Api) -> None:
        model = Model.objects.get(pk=register(owner, "audio_tagger").json()["id"])
        for number in range(drifting.REFERENCE_JOBS):
            drifting.record_session(model, f"job_{number}", self.statistics(0.1), now=now())
        assert DriftReference.objects.get().statistics["input_rms"] == [
            20 * each for each in self.statistics(0.1).to_json()["input_rms"]
        ]
        last = drifting.record_session(model, "job_last", self.statistics(0.8), now=now())
        assert last.verdict == DriftRecord.Verdict.ALARM
        assert model.drift.filter(verdict="learning").count() == drifting.REFERENCE_JOBS

    def test_counts_a_job_once_however_often_it_is_tried(self, owner: Api) -> None:
        model = Model.objects.get(pk=register(owner, "audio_tagger").json()["id"])
        twice = [
            drifting.record_session(model, "job_1", self.statistics(0.1), now=now()).pk
            for _ in range(2)
        ]
        assert len(set(twice)) == 1
        assert DriftReference.objects.get().jobs == ["job_1"]

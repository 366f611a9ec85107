"""A registered model in eight bits: a version of its own, with a report of what it cost."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper

from apps.model_registry import tasks  # noqa: F401  (registers the handler)
from apps.model_registry.services.quantising import INPUTS_MOST, Kept, told
from jobs.models import Job
from tests.conftest import Api, Tenant
from tests.jobs.work import execute
from tests.model_registry.making import WINDOW, data, declaration, register
from tests.model_registry.test_running import clip, run
from tests.modelhub.contracts.models import HandMade, floats
from tests.modelhub.runtimes import graphs

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(api: Client, tenant: Tenant) -> Api:
    return api(tenant.live_key)


def listener() -> onnx.ModelProto:
    """Two layers between a window and two scores: large enough to become smaller."""
    random = np.random.default_rng(2)
    weights = {
        "w": random.normal(0, 0.05, (WINDOW, 64)).astype(np.float32),
        "v": random.normal(0, 0.2, (64, 2)).astype(np.float32),
    }
    nodes = [
        helper.make_node("MatMul", ["sound", "w"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["kept"]),
        helper.make_node("MatMul", ["kept", "v"], ["scores"]),
    ]
    sound, scores = graphs.floats("sound", ["batch", WINDOW]), graphs.floats("scores", ["batch", 2])
    return graphs.model(nodes, [sound], [scores], weights)


def noise(windows: int) -> Any:
    return np.random.default_rng(8).normal(0, 0.1, windows * WINDOW).clip(-1, 1)


def ask(owner: Api, model: str, *calibration: str, version: str = "1-int8") -> Any:
    asked = {"version": version, "calibration": list(calibration)}
    return owner.post(f"/v1/models/{model}/quantise", asked)


class TestAModel:
    def test_becomes_a_smaller_version_of_itself(self, owner: Api) -> None:
        model = register(owner, "audio_tagger", data(listener()), licence="ours").json()
        sound = clip(owner, noise(24))
        answer = ask(owner, model["id"], sound)
        assert answer.status_code == 202, answer.content
        execute(answer.json()["job"])
        result = Job.objects.get(pk=answer.json()["job"]).result
        assert result is not None
        found = owner.get(f"/v1/models/{result['model']}").json()
        assert (found["name"], found["version"], found["licence"]) == ("own", "1-int8", "ours")
        assert found["declaration"] == declaration("audio_tagger")
        assert found["size_bytes"] < model["size_bytes"] / 2
        report = result["report"]
        assert (report["calibrated_on"], report["judged_on"]) == (12, 12)
        assert report["outputs"]["scores"]["cosine"] > 0.99
        placed = owner.get(f"/v1/models/{found['id']}/placement").json()
        assert placed["verdict"]["quantised"] is True
        assert "edge" in placed["allowed"]
        again = run(owner, found["id"], {"file": sound})
        assert again.state == Job.State.SUCCEEDED

    def test_needs_two_windows(self, owner: Api) -> None:
        model = register(owner, "audio_tagger", data(listener())).json()["id"]
        answer = ask(owner, model, clip(owner, noise(1)))
        execute(answer.json()["job"])
        error = Job.objects.get(pk=answer.json()["job"]).error
        assert error is not None
        assert error["code"] == "not-quantisable"


class TestRefusal:
    @pytest.mark.parametrize(
        ("contract", "said"), [("tensors", "contract tensors"), ("", "no con")]
    )
    def test_of_what_serves_no_contract_on_sound(
        self, owner: Api, contract: str, said: str
    ) -> None:
        model = register(owner, contract).json()["id"]
        refused = ask(owner, model, clip(owner, noise(2))).json()
        assert refused["code"] == "model-not-runnable"
        [error] = refused["errors"]
        assert (error["pointer"], error["code"]) == ("/model_id", "model-not-runnable")
        assert said in error["detail"]
        assert "A new version is needed" in error["detail"]

    def test_of_a_version_that_is_taken(self, owner: Api) -> None:
        model = register(owner, "audio_tagger").json()["id"]
        refused = ask(owner, model, clip(owner, noise(2)), version="1")
        assert (refused.status_code, refused.json()["code"]) == (409, "model-version-taken")

    def test_of_what_is_anothers(self, owner: Api, api: Client, stranger: Tenant) -> None:
        foreign, model = api(stranger.live_key), register(owner, "audio_tagger").json()["id"]
        sound = clip(owner, noise(2))
        assert ask(foreign, model, sound).status_code == 404
        theirs = register(foreign, "audio_tagger").json()["id"]
        refused = ask(foreign, theirs, sound)
        assert refused.status_code == 404
        assert [each["pointer"] for each in refused.json()["errors"]] == ["/calibration/0"]


def test_inputs_are_kept_to_a_number() -> None:
    model = HandMade(
        (floats("sound", "batch", 4),),
        (floats("scores", "batch", 1),),
        lambda sound: {"scores": sound[:, :1]},
    )
    kept = Kept(model)
    for number in range(INPUTS_MOST + 10):
        kept.run({"sound": np.full((1, 4), number, np.float32)})
    calibration, held_out = kept.halves
    assert len(calibration) + len(held_out) == INPUTS_MOST
    assert [each["sound"][0, 0] for each in held_out[:2]] == [1, 3]


def test_a_report_is_json() -> None:
    accuracy = {"cosine": float("nan"), "max_abs_error": float("inf"), "snr_db": None}
    assert told({"outputs": {"y": accuracy}}) == {"outputs": {"y": dict.fromkeys(accuracy)}}

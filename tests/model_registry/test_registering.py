"""Models registered: what is told of them, what never changes, what is refused, and their end."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from foundation.clock import now
from foundation.files import delete_expired, open_path
from foundation.models import StoredFile
from gateway.callers.credentials import credentials
from tenants.models import TierVersion
from tests.conftest import Api, Tenant
from tests.model_registry.making import SERVING, data, declaration, outside, register
from tests.modelhub import real
from tests.modelhub.runtimes import graphs

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(api: Client, tenant: Tenant) -> Api:
    return api(tenant.live_key)


def tensors(**arrays: Any) -> bytes:
    made = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
    return bytes(safetensors.numpy.save(made))


BASE = {"layers.0.weight": np.ones((8, 8))}
ADAPTER = {
    "layers.0.lora_A.weight": np.ones((2, 8)),
    "layers.0.lora_B.weight": np.ones((8, 2)),
}


class TestAModel:
    @pytest.mark.parametrize("contract", SERVING)
    def test_serves_its_contract_by_what_its_header_says(self, owner: Api, contract: str) -> None:
        answer = register(owner, contract)
        assert answer.status_code == 201, answer.content
        found = answer.json()
        assert (found["contract"], found["state"], found["kind"]) == (
            contract,
            "registered",
            "base",
        )
        assert [port["name"] for port in found["inputs"]] == [
            "x" if contract == "tensors" else "sound"
        ]
        assert owner.get(f"/v1/models/{found['id']}").json() == found
        assert owner.get("/v1/models").json()["data"] == [found]

    def test_tells_what_it_is_made_of(self, owner: Api, tenant: Tenant) -> None:
        found = register(owner, licence="MIT").json()
        body = data(graphs.product())
        digest = hashlib.sha256(body).hexdigest()
        assert (found["sha256"], found["size_bytes"]) == (digest, len(body))
        assert found["files"] == [{"name": "model.onnx", "sha256": digest, "size_bytes": len(body)}]
        assert (found["parameters"], found["format"], found["licence"]) == (12, "onnx", "MIT")
        assert found["inputs"] == [{"name": "x", "dtype": "float32", "shape": ["batch", 4]}]
        assert found["created_by"].startswith("key_")

    @pytest.mark.parametrize(
        ("name", "contract", "declared"),
        [
            (real.SPEECH, "audio_tagger", real.SPEECH_DECLARED),
            (real.NOTES, "pitch", real.NOTES_DECLARED),
        ],
    )
    def test_may_be_a_real_one(self, owner: Api, name: str, contract: str, declared: Any) -> None:
        body = real.path(name).read_bytes()
        answer = register(owner, contract, body, declaration=json.dumps(declared))
        assert answer.status_code == 201, answer.content
        placed = owner.get(f"/v1/models/{answer.json()['id']}/placement").json()
        assert placed["allowed"] == ["cloud", "device"]  # full floats are kept from the edge
        assert placed["verdict"]["placements"]["edge"]["reasons"][0]["code"] == "not_quantised"

    def test_of_a_test_key_is_another_world(self, owner: Api, api: Client, tenant: Tenant) -> None:
        tried = register(api(tenant.test_key), "audio_tagger")
        assert (tried.status_code, tried.json()["livemode"]) == (201, False)
        assert owner.get(f"/v1/models/{tried.json()['id']}").status_code == 404
        assert register(owner, "audio_tagger").status_code == 201

    def test_of_another_organisation_does_not_exist(
        self, owner: Api, api: Client, stranger: Tenant
    ) -> None:
        foreign, path = api(stranger.live_key), f"/v1/models/{register(owner).json()['id']}"
        assert foreign.get(path).status_code == 404
        assert foreign.get(f"{path}/placement").status_code == 404
        assert foreign.delete(path).status_code == 404
        adapter = {"names": ["a.safetensors"], "base": path.rpartition("/")[2]}
        refused = register(foreign, "", tensors(**ADAPTER), **adapter)
        assert refused.status_code == 404
        assert [each["pointer"] for each in refused.json()["errors"]] == ["/base"]
        assert "errors" not in foreign.get(path).json()
        assert foreign.get("/v1/models").json()["data"] == []


class TestAVersion:
    def test_is_the_same_when_it_is_registered_again(self, owner: Api) -> None:
        first = register(owner, "audio_tagger")
        again = register(owner, "audio_tagger")
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json() == first.json()

    @pytest.mark.parametrize(
        "other",
        [
            {"contents": (data(SERVING["pitch"]()),), "contract": ""},
            {"contract": "embedding"},
            {"contract": "audio_tagger", "declaration": None},
        ],
        ids=["other bytes", "another contract", "another declaration"],
    )
    def test_is_never_another_one(self, owner: Api, other: dict[str, Any]) -> None:
        first = register(owner, "audio_tagger").json()
        given = {"declaration": _overlapping()} if "declaration" in other else {}
        refused = register(owner, other["contract"], *other.get("contents", ()), **given)
        assert (refused.status_code, refused.json()["code"]) == (409, "model-version-taken")
        assert refused.json()["model"] == first["id"]

    def test_keeps_its_licence(self, owner: Api) -> None:
        first = register(owner, licence="MIT")
        for same in ({"licence": "MIT"}, {}):
            again = register(owner, **same)
            assert (again.status_code, again.json()) == (200, first.json())
        other = register(owner, licence="GPL").json()
        assert (other["status"], other["code"]) == (409, "model-version-taken")
        assert [each["pointer"] for each in other["errors"]] == ["/licence"]
        assert "'MIT'" in other["detail"]
        register(owner, version="2")
        assert register(owner, version="2", licence="MIT").status_code == 409
        assert owner.get(f"/v1/models/{first.json()['id']}").json() == first.json()

    def test_stays_taken_once_it_is_retired(self, owner: Api) -> None:
        found = register(owner).json()
        owner.delete(f"/v1/models/{found['id']}")
        assert register(owner).json()["code"] == "model-version-taken"
        assert register(owner, version="2").status_code == 201


class TestItsFiles:
    def test_are_kept_until_it_is_retired(self, owner: Api) -> None:
        found = register(owner).json()
        much_later = now() + timedelta(days=999)
        delete_expired(now=much_later)
        [file] = StoredFile.objects.all()
        path = open_path(file)
        assert path.exists()
        retired = owner.delete(f"/v1/models/{found['id']}").json()
        assert (retired["state"], retired["files"]) == ("retired", found["files"])
        assert owner.delete(f"/v1/models/{found['id']}").json() == retired
        delete_expired(now=much_later)
        assert not path.exists()
        assert owner.get(f"/v1/models/{found['id']}").json() == retired

    def test_may_be_shards_of_one_model(self, owner: Api) -> None:
        shards = {
            "a-1.safetensors": tensors(one=np.ones((4, 4))),
            "a-2.safetensors": tensors(two=np.ones((4, 8))),
        }
        index = {"weight_map": {"one": "a-1.safetensors", "two": "a-2.safetensors"}}
        named = {**shards, "a.safetensors.index.json": json.dumps(index).encode()}
        found = register(owner, "", *named.values(), names=list(named)).json()
        assert found["parameters"] == 48
        assert [file["name"] for file in found["files"]] == sorted(named)
        index["weight_map"]["three"] = "a-2.safetensors"
        named["a.safetensors.index.json"] = json.dumps(index).encode()
        refused = register(owner, "", *named.values(), names=list(named), version="2")
        assert refused.json()["reason"] == "incomplete_set"

    def test_may_be_a_graph_and_its_external_data(self, owner: Api) -> None:
        whole = register(owner, "tensors", *outside(), names=["m.onnx", "w.bin"])
        assert whole.status_code == 201, whole.content

    def test_of_one_name_are_refused(self, owner: Api) -> None:
        twice = register(owner, "", b"1", b"2", names=["a", "a"])
        assert twice.json()["errors"][0]["pointer"] == "/file"


class TestAnAdapter:
    @pytest.fixture
    def base(self, owner: Api) -> Any:
        return register(owner, "", tensors(**BASE), names=["b.safetensors"]).json()

    def add(self, owner: Api, base: str, body: bytes = tensors(**ADAPTER), **given: Any) -> Any:
        named = {"name": "tuned", "names": ["a.safetensors"], "base": base}
        return register(owner, "", body, **(named | given))

    def test_adds_to_its_base(self, owner: Api, base: Any) -> None:
        found = self.add(owner, base["id"]).json()
        assert (found["kind"], found["base"]) == ("adapter", base["id"])
        assert found["parameters"] == base["parameters"] + 32
        placed = owner.get(f"/v1/models/{found['id']}/placement").json()
        assert placed["adapter_parameters"] == 32

    def test_is_judged_with_its_base(self, owner: Api, base: Any, tenant: Tenant) -> None:
        TierVersion.objects.filter(tier_id=tenant.organisation.tier_id).update(
            device_parameters_below=base["parameters"] + 1
        )
        credentials().clear()
        placed = owner.get(f"/v1/models/{base['id']}/placement").json()
        assert "device" in placed["allowed"]
        found = self.add(owner, base["id"]).json()
        placed = owner.get(f"/v1/models/{found['id']}/placement").json()
        assert "device" not in placed["allowed"]

    def test_holds_its_base(self, owner: Api, base: Any) -> None:
        found = self.add(owner, base["id"]).json()
        refused = owner.delete(f"/v1/models/{base['id']}").json()
        assert (refused["code"], refused["adapters"]) == ("model-has-adapters", [found["id"]])
        owner.delete(f"/v1/models/{found['id']}")
        assert owner.delete(f"/v1/models/{base['id']}").json()["state"] == "retired"
        assert self.add(owner, base["id"], version="2").status_code == 404

    def test_is_no_base_and_a_base_is_no_adapter(self, owner: Api, base: Any) -> None:
        lone = register(owner, "", tensors(**ADAPTER), names=["a.safetensors"], name="lone")
        assert lone.json()["errors"][0]["pointer"] == "/base"
        no_adapter = self.add(owner, base["id"], tensors(other=np.ones((4, 4))))
        assert no_adapter.json()["errors"][0]["code"] == "no-adapter"
        found = self.add(owner, base["id"]).json()
        assert self.add(owner, found["id"], version="2").json()["errors"][0]["code"] == "no-base"


def _overlapping() -> str:
    return json.dumps(declaration("audio_tagger") | {"hop": 400})

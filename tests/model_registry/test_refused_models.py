"""Models that are not registered: what is told of it, where it points, and the files' end."""

import json
from pathlib import Path
from typing import Any

import pytest

from apps.model_registry.models import Model
from foundation.models import StoredFile
from gateway.callers.credentials import credentials
from tenants.models import TierVersion
from tests.conftest import Api, Tenant
from tests.model_registry.making import data, form, outside, product, register
from tests.model_registry.test_registering import BASE, tensors
from tests.model_registry.test_registering import owner as owner
from tests.modelfiles.samples import HALF_B, gguf_llama
from tests.modelhub.runtimes import graphs

pytestmark = pytest.mark.django_db
PICKLE = b"\x80\x04" + bytes(62)


class TestItsFiles:
    @pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once"}], ids=["", "once"])
    def test_that_were_refused_end_at_once(
        self, owner: Api, settings: Any, tmp_path: Path, headers: dict[str, str]
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        for body in (b"PK\3\4" + bytes(64), data(graphs.product())):
            refused = owner.upload("/v1/models", form("pitch", body, declaration="{}"), **headers)
            assert refused.status_code in (400, 422)
            assert not StoredFile.objects.exists()
            assert not [each for each in tmp_path.rglob("*") if each.is_file()]

    def test_that_stood_already_end_at_once(self, owner: Api) -> None:
        assert register(owner).status_code == 201
        assert register(owner).status_code == 200
        assert StoredFile.objects.count() == 1

    def test_of_which_a_later_one_is_too_large_end_at_once(self, owner: Api, settings: Any) -> None:
        settings.UPLOAD_MAX_BYTES = 100
        refused = register(owner, "", b"one", bytes(101))
        assert (refused.status_code, refused.json()["code"]) == (413, "too-large")
        assert [each["pointer"] for each in refused.json()["errors"]] == ["/file_2"]
        assert not StoredFile.objects.exists()


class TestRefusal:
    def test_names_every_condition_of_the_contract(self, owner: Api) -> None:
        wrong = {"sample_rate": 8000, "window": 400, "hop": 400, "labels": ["a", "b", "c"]}
        refused = register(owner, "audio_tagger", declaration=json.dumps(wrong))
        assert (refused.status_code, refused.json()["code"]) == (422, "contract-unmet")
        assert {each["code"] for each in refused.json()["unmet"]} >= {"wrong_declaration"}
        assert {each["pointer"] for each in refused.json()["errors"]} == {
            "/declaration/window",
            "/declaration/labels",
        }
        assert not Model.objects.exists()

    @pytest.mark.parametrize(
        ("contract", "contents", "pointer"),
        [
            ("tensors", (PICKLE,), "/file"),
            ("", (PICKLE,), "/file"),
            ("", (data(graphs.product()), b""), "/file_2"),
            ("pitch", (data(product()),), "/contract"),
        ],
    )
    def test_of_a_file_points_at_it(
        self, owner: Api, contract: str, contents: tuple[bytes, ...], pointer: str
    ) -> None:
        refused = register(owner, contract, *contents)
        assert {each["pointer"] for each in refused.json()["errors"]} == {pointer}

    def test_of_a_later_shard_points_at_it(self, owner: Api) -> None:
        shard = tensors(**BASE)
        refused = register(owner, "", shard, PICKLE, names=["a.safetensors", "b.safetensors"])
        assert refused.json()["reason"] == "format_pickle"
        assert [each["pointer"] for each in refused.json()["errors"]] == ["/file_2"]
        assert refused.json()["detail"] == refused.json()["errors"][0]["detail"]
        assert refused.json()["detail"].startswith("The file is a Python pickle")
        index = {"names": ["a.safetensors", "b.safetensors.index.json"]}
        refused = register(owner, "", shard, b"no JSON", **index)
        assert [each["pointer"] for each in refused.json()["errors"]] == ["/file_2"]
        twice = register(owner, "", shard, shard, names=["a.safetensors", "b.safetensors"])
        assert twice.json()["reason"] == "duplicate_tensor"
        assert [each["pointer"] for each in twice.json()["errors"]] == ["/file"]

    def test_of_external_data_points_at_the_file_to_send(self, owner: Api) -> None:
        graph, body = outside()
        lone = register(owner, "tensors", graph).json()
        assert (lone["code"], lone["reason"]) == ("malformed-model", "external_data_missing")
        assert lone["found"]["file"] == "w.bin"
        assert "Send that file beside the graph" in lone["detail"]
        short = register(owner, "", body[1:], graph, names=["w.bin", "m.onnx"]).json()
        assert (short["reason"], short["found"]["needed"]) == ("tensor_outside_file", len(body))
        assert short["found"]["size"] == len(body) - 1
        assert "Send the file whole" in short["detail"]
        other = register(owner, "", graph, body, body, names=["m.onnx", "v.bin", "u.bin"]).json()
        assert other["found"]["file"] == "w.bin"
        assert [
            (each["pointer"], each["detail"] == refused["detail"])
            for refused in (lone, short, other)
            for each in refused["errors"]
        ] == [("/file_2", True), ("/file", True), ("/file_2", True)]

    def test_without_a_declaration_asks_for_one(self, owner: Api) -> None:
        fields = form("audio_tagger")
        del fields["declaration"]
        refused = owner.upload("/v1/models", fields).json()
        assert [each["pointer"] for each in refused["errors"]] == ["/declaration"]
        assert refused["errors"][0]["code"] == "missing"
        assert refused["detail"].startswith("declaration: ")

    def test_of_a_version_points_at_it(self, owner: Api) -> None:
        register(owner)
        refused = register(owner, "audio_tagger").json()
        assert [each["pointer"] for each in refused["errors"]] == ["/version"]

    @pytest.mark.parametrize(
        ("given", "pointer"),
        [
            ({"declaration": "no JSON"}, "/declaration"),
            ({"declaration": "{}"}, "/declaration/sample_rate"),
            ({"name": "with space"}, "/name"),
            ({"version": ""}, "/version"),
            ({"colour": "red"}, "/colour"),
        ],
    )
    def test_points_at_what_is_wrong(self, owner: Api, given: Any, pointer: str) -> None:
        refused = register(owner, "audio_tagger", **given)
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == pointer

    def test_of_a_contract_for_what_has_no_graph(self, owner: Api) -> None:
        body = tensors(**BASE)
        refused = register(owner, "tensors", body, names=["b.safetensors"])
        assert refused.json()["errors"][0]["pointer"] == "/contract"
        unused = register(owner, "tensors", declaration="{}")
        assert unused.json()["errors"][0]["pointer"] == "/declaration"

    def test_of_what_may_run_nowhere(self, owner: Api, tenant: Tenant) -> None:
        TierVersion.objects.filter(tier_id=tenant.organisation.tier_id).update(
            transformer_parameters_below=1, device_parameters_below=1, edge_parameters_max=1
        )
        credentials().clear()
        refused = register(owner, "tensors")
        assert (refused.status_code, refused.json()["code"]) == (422, "model-cap-exceeded")
        assert [each["pointer"] for each in refused.json()["errors"]] == ["/file"]

    def test_of_a_model_that_was_cut(self, owner: Api) -> None:
        sample = gguf_llama(HALF_B, "Q4_K", vocabulary=False)
        refused = register(owner, "", sample.head, names=["m.gguf"])
        assert (refused.status_code, refused.json()["code"]) == (422, "malformed-model")

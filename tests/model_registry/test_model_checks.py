"""Model checks: what a file's first bytes prove, and what the tier's caps make of it."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.model_registry.models import ModelCheck
from gateway.callers.credentials import credentials
from tenants.models import TierVersion
from tests.conftest import Api, Tenant
from tests.modelfiles.samples import (
    HALF_B,
    LLAMA_7B,
    LLAMA_13B,
    Sample,
    gguf_llama,
    safetensors_llama,
)

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(api: Client, tenant: Tenant) -> Api:
    """The organisation's live key."""
    return api(tenant.live_key)


def first_bytes(sample: Sample) -> bytes:
    return sample.head + bytes(64)


def check(caller: Api, sample: Sample, **fields: Any) -> Any:
    """Send a sample's first bytes, with a few zeros of its data, as those of the whole file."""
    head = SimpleUploadedFile("model.bin", first_bytes(sample))
    return caller.upload("/v1/models/check", {"file": head, "size_bytes": sample.size} | fields)


class TestVerdict:
    def test_lets_a_quantised_seven_b_run_at_the_edge(self, owner: Api) -> None:
        sample = gguf_llama(LLAMA_7B, "Q4_K")
        answer = check(owner, sample, placement="edge")
        assert answer.status_code == 201
        found = answer.json()
        assert found["allowed"] == ["cloud", "edge"]
        assert found["sha256"] == hashlib.sha256(first_bytes(sample)).hexdigest()
        assert (found["bytes_seen"], found["size_bytes"]) == (len(first_bytes(sample)), sample.size)
        verdict = found["verdict"]
        assert verdict["parameters"] == LLAMA_7B.parameters
        assert verdict["quantised"] is True
        assert verdict["transformer"] == "yes"
        assert verdict["bits_per_weight"] == pytest.approx(4.5, abs=0.01)
        assert verdict["placements"]["device"]["reasons"] == [
            {"code": "too_many_parameters", "limit": 10**9, "found": LLAMA_7B.parameters}
        ]

    def test_keeps_unquantised_weights_from_the_edge(self, owner: Api) -> None:
        sample = safetensors_llama(LLAMA_7B, "F16")
        assert check(owner, sample).json()["allowed"] == ["cloud"]
        refused = check(owner, sample, placement="edge")
        assert (refused.status_code, refused.json()["code"]) == (422, "model-cap-exceeded")
        assert refused.json()["reasons"] == [
            {"code": "not_quantised", "limit": True, "found": False},
            {"code": "too_many_bytes", "limit": 2**33, "found": sample.size},
        ]
        assert refused.json()["allowed"] == ["cloud"]

    def test_lets_a_transformer_of_thirteen_b_run_nowhere(self, owner: Api) -> None:
        sample = gguf_llama(LLAMA_13B, "Q4_K", vocabulary=False)
        assert check(owner, sample).json()["allowed"] == []
        refused = check(owner, sample, placement="cloud").json()
        assert refused["reasons"][0]["code"] == "transformer_too_large"
        assert refused["reasons"][0]["found"] == LLAMA_13B.parameters

    def test_follows_the_tier(self, owner: Api, tenant: Tenant) -> None:
        sample = gguf_llama(HALF_B, "Q4_K", vocabulary=False)
        assert check(owner, sample).json()["allowed"] == ["cloud", "edge", "device"]
        version = TierVersion.objects.get(tier_id=tenant.organisation.tier_id)
        TierVersion.objects.filter(pk=version.pk).update(
            edge_parameters_max=HALF_B.parameters - 1, device_parameters_below=HALF_B.parameters
        )
        credentials().clear()  # an operator cannot edit a version in force, so nobody is told
        assert check(owner, sample).json()["allowed"] == ["cloud"]

    def test_reads_a_whole_small_file_without_its_size(self, owner: Api) -> None:
        sample = safetensors_llama(HALF_B, "F16")
        whole = SimpleUploadedFile("small.safetensors", sample.head)
        refused = owner.upload("/v1/models/check", {"file": whole})
        assert refused.json()["code"] == "malformed-model"
        assert refused.json()["reason"] == "tensor_outside_file"


class TestRefusal:
    def test_says_how_many_bytes_are_needed(self, owner: Api) -> None:
        sample = gguf_llama(LLAMA_7B, "Q4_K")
        short = check(owner, Sample(sample.head[:4096], sample.size))
        assert (short.status_code, short.json()["code"]) == (422, "more-bytes-needed")
        needed = short.json()["needed_bytes"]
        assert needed > 4096
        assert check(owner, Sample(sample.head[:needed], sample.size)).status_code == 201

    def test_names_what_is_wrong_with_the_file(self, owner: Api) -> None:
        for head, code, reason in (
            (b"PK\x03\x04" + b"\0" * 64, "unsupported-model", "format_zip"),
            (b"\x80\x04" + b"\0" * 64, "unsupported-model", "format_pickle"),
            (b"", "malformed-model", "empty_file"),
        ):
            refused = owner.upload("/v1/models/check", {"file": SimpleUploadedFile("m", head)})
            assert refused.status_code == 422
            assert (refused.json()["code"], refused.json()["reason"]) == (code, reason)
        assert not ModelCheck.objects.exists()

    def test_comes_before_reading_beyond_thirty_two_mebibytes(self, owner: Api) -> None:
        big = SimpleUploadedFile("m", b"GGUF" + bytes(32 * 1024 * 1024))
        refused = owner.upload("/v1/models/check", {"file": big})
        assert (refused.status_code, refused.json()["code"]) == (413, "too-large")
        assert refused.json()["errors"][0]["pointer"] == "/file"

    def test_points_at_a_missing_file_or_a_bad_field(self, owner: Api) -> None:
        assert owner.upload("/v1/models/check", {}).json()["errors"][0]["pointer"] == "/file"
        sample = gguf_llama(HALF_B, "Q4_K", vocabulary=False)
        refused = check(owner, sample, placement="stadium")
        assert refused.json()["errors"][0]["pointer"] == "/placement"


class TestRecord:
    def test_lists_every_verdict_of_the_organisation_alone(
        self, owner: Api, api: Client, stranger: Tenant
    ) -> None:
        passed = check(owner, gguf_llama(HALF_B, "Q4_K", vocabulary=False)).json()
        check(owner, safetensors_llama(LLAMA_7B, "F16"), placement="edge")
        rows = owner.get("/v1/models/checks").json()["data"]
        assert [row["placement"] for row in rows] == ["edge", None]
        assert rows[1] == passed
        assert api(stranger.live_key).get("/v1/models/checks").json()["data"] == []

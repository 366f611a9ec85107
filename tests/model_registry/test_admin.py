"""What the operator sees of models, and of the jobs that run them."""

import hashlib
from collections.abc import Callable
from typing import Any, get_args

import pytest
from django.contrib.auth.models import User
from django.test import Client

from apps.model_registry.admin import reason_told
from foundation.clock import now
from modelhub.rules import Reason, ReasonCode
from tenants.models import TierVersion
from tests.conftest import Api, Tenant
from tests.jobs.asking import ask
from tests.model_registry.making import outside, register

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.fixture
def found(api: Callable[[str | None], Api], tenant: Tenant) -> dict[str, Any]:
    registered: dict[str, Any] = register(api(tenant.live_key), "tensors").json()
    return registered


def page_of(operator: Client, job_id: str) -> str:
    return operator.get(f"/admin/jobs/job/{job_id}/change/").content.decode()


class TestAModel:
    def test_says_where_it_may_run_and_why_not_elsewhere(
        self, tenant: Tenant, operator: Client, found: dict[str, Any]
    ) -> None:
        TierVersion.objects.filter(tier_id=tenant.organisation.tier_id).update(
            edge_bytes_max=1, device_bytes_max=found["size_bytes"], device_parameters_below=2
        )
        page = operator.get(f"/admin/model_registry/model/{found['id']}/change/").content.decode()
        for shown in (
            "By the caps of beta v1", "<li>cloud: yes</li>", "<li>edge: no",
            f"<li>{found['size_bytes']} bytes of files, and the cap is 1 byte (too_many_bytes)",
            "<li>it is not quantised (not_quantised)", "<li>device: no",
            f"<li>{found['parameters']} parameters, and the cap is 2 (too_many_parameters)",
        ):  # fmt: skip
            assert shown in page, shown

    def test_lists_its_files_also_once_it_is_retired(
        self, api: Callable[[str | None], Api], tenant: Tenant, operator: Client
    ) -> None:
        owner, bodies = api(tenant.live_key), outside()
        made = register(owner, "tensors", *bodies, names=["m.onnx", "w.bin"]).json()
        for _ in range(2):
            page = operator.get(f"/admin/model_registry/model/{made['id']}/change/")
            for file, body in zip(made["files"], bodies, strict=True):
                digest = hashlib.sha256(body).hexdigest()
                told = f"{file['name']}, {len(body)} bytes, SHA-256 {digest}"
                assert told in page.content.decode()
            owner.delete(f"/v1/models/{made['id']}")

    @pytest.mark.parametrize("code", get_args(ReasonCode))
    def test_has_words_for_every_cap(self, code: ReasonCode) -> None:
        told = reason_told(Reason(code, limit=1_000, found=2_000))
        assert told.endswith(f" ({code})")
        assert "_" not in told.partition(" (")[0]

    def test_without_a_contract_can_be_filtered_by_an_option_that_has_a_name(
        self, api: Callable[[str | None], Api], tenant: Tenant, operator: Client,
        found: dict[str, Any],
    ) -> None:  # fmt: skip
        other = register(api(tenant.live_key), version="2").json()
        models = operator.get("/admin/model_registry/model/").context["cl"]
        [contract] = (each for each in models.filter_specs if each.title == "contract")
        options = {each["display"]: each["query_string"] for each in contract.choices(models)}
        assert set(options) == {"All", "None", "tensors"}
        listed = operator.get(f"/admin/model_registry/model/{options['None']}").context["cl"]
        assert [model.pk for model in listed.result_list] == [other["id"]]
        assert found["id"] != other["id"]


class TestAJob:
    @pytest.mark.parametrize("says", ["id", "sha256"])
    def test_names_its_model_and_leads_to_it(
        self, tenant: Tenant, operator: Client, found: dict[str, Any], says: str
    ) -> None:
        given = {"payload": {"model": found["id"]}} if says == "id" else {"model": found["sha256"]}
        page = page_of(operator, ask(tenant, now(), **given).pk)
        address = f"/admin/model_registry/model/{found['id']}/change/"
        assert f'href="{address}">own 1</a>' in page
        assert (f">{found['sha256']}<" in page) == (says == "sha256")

    @pytest.mark.parametrize("payload", [{"model": "mdl_another"}, {"model": 7}, []])
    def test_of_a_model_that_is_no_row_has_its_digest(
        self, tenant: Tenant, operator: Client, payload: object
    ) -> None:
        job = ask(tenant, now(), payload=payload, model="ab" * 32)
        page = page_of(operator, job.pk)
        assert f'<span class="wraps">{"ab" * 32}</span>' in page
        assert "/admin/model_registry/model/mdl" not in page

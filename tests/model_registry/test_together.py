"""Jobs on tensors whose rows do not depend on each other go through their model together."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from foundation.files import open_path
from foundation.models import StoredFile
from jobs.execution.work import answers
from jobs.models import Job
from tests.conftest import Api, Tenant
from tests.model_registry.making import data, register
from tests.modelhub.runtimes import graphs

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db
INDEPENDENT = '{"independent_rows": true}'
GIVEN = ([[1, 0, 0, 0]], [[0, 0, 0, 2], [1, 1, 0, 0]], [[0, 1, 0, 0]])


@pytest.fixture
def owner(api: Client, tenant: Tenant) -> Api:
    return api(tenant.live_key)


def asked(owner: Api, model: str, rows: Any, **terms: Any) -> Job:
    answer = owner.post("/v1/jobs", {"model": model, "input": {"tensors": {"x": rows}}} | terms)
    assert answer.status_code == 202, answer.content
    return Job.objects.get(pk=answer.json()["id"])


def made(answer: Any) -> Any:
    [file] = StoredFile.objects.filter(pk__in=answer.files)
    return np.load(open_path(file), allow_pickle=False)["y"].tolist()


class TestABatch:
    def test_gives_each_job_its_own_rows(self, owner: Api) -> None:
        model = register(owner, "tensors", declaration=INDEPENDENT).json()
        jobs = [asked(owner, model["id"], rows) for rows in GIVEN]
        assert {job.alike for job in jobs} == {model["id"]}
        together, alone = list(answers(jobs)), [next(answers([job])) for job in jobs]
        assert [made(each) for each in together] == [made(each) for each in alone]
        told = [each.data or {} for each in together]
        assert [each["computed_on"]["jobs"] for each in told] == [3, 3, 3]
        assert told[1]["summary"]["outputs"]["y"]["shape"] == [2, 3]
        assert "jobs" not in (alone[0].data or {})["computed_on"]

    def test_is_none_where_an_input_is_gone_and_that_one_says_so(self, owner: Api) -> None:
        model = register(owner, "tensors", declaration=INDEPENDENT).json()
        jobs = [asked(owner, model["id"], rows) for rows in GIVEN]
        StoredFile.objects.filter(pk=jobs[1].payload["tensors"]).delete()
        first, gone, last = answers(jobs)
        assert (first.outcome, last.outcome) == ("done", "done")
        assert gone.problem is not None
        assert gone.problem["code"] == "not-found"


class TestADeclaration:
    def test_is_what_makes_jobs_alike(self, owner: Api) -> None:
        model = register(owner, "tensors").json()
        assert asked(owner, model["id"], GIVEN[0]).alike == ""
        told = register(owner, "tensors", version="2", declaration=INDEPENDENT).json()
        demanded = asked(owner, told["id"], GIVEN[0], accelerator="npu", accelerator_required=True)
        assert demanded.alike == f"{told['id']} required"

    @pytest.mark.parametrize(
        ("declaration", "pointer"),
        [
            ('{"rows": true}', "/declaration"),
            ('{"independent_rows": 1}', "/declaration/independent_rows"),
            ("{}", "/declaration"),
        ],
    )
    def test_that_says_something_else_is_refused(
        self, owner: Api, declaration: str, pointer: str
    ) -> None:
        refused = register(owner, "tensors", declaration=declaration)
        assert refused.status_code == 400, refused.content
        assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]

    def test_is_held_against_the_graph(self, owner: Api) -> None:
        fixed = data(graphs.product(rows=2))
        refused = register(owner, "tensors", fixed, declaration=INDEPENDENT)
        assert (refused.status_code, refused.json()["code"]) == (422, "contract-unmet")
        assert {each["subject"] for each in refused.json()["unmet"]} == {"independent_rows"}

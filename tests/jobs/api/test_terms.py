"""What callers say of their jobs: taken by every operation alike, and pointed at where wrong."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.live_room import rules
from jobs.models import Job
from tests.conftest import Api, Tenant
from tests.live_room.test_effects import sound

pytestmark = pytest.mark.django_db
Client = Callable[[str | None], Api]
ASKED = {
    "priority": "high",
    "deadline_s": 90,
    "metadata": {"show": "derby", "stand": " north "},
    "accelerator_required": True,
}


@pytest.fixture
def effect(api: Client, tenant: Tenant) -> Callable[..., Any]:
    owner = api(tenant.live_key)
    clip = owner.upload("/v1/clips", {"file": sound()}).json()["id"]

    def ask(**more: Any) -> Any:
        return owner.post("/v1/effects", {"clip": clip, "kind": "stem", "name": "bass"} | more)

    return ask


@pytest.fixture
def track(api: Client, tenant: Tenant) -> Callable[..., Any]:
    def ask(**more: Any) -> Any:
        parts = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in more.items()
        }
        return api(tenant.live_key).upload("/v1/tracks", {"file": sound()} | parts)

    return ask


@pytest.fixture(params=["effect", "track"])
def ask(request: pytest.FixtureRequest) -> Callable[..., Any]:
    found: Callable[..., Any] = request.getfixturevalue(request.param)
    return found


class TestTerms:
    def test_are_the_job_s(self, api: Client, tenant: Tenant, ask: Callable[..., Any]) -> None:
        job = Job.objects.get(pk=ask(**ASKED).json()["job"])
        assert job.deadline_at
        assert abs(job.deadline_at - job.created_at - timedelta(seconds=90)) < timedelta(seconds=5)
        said = api(tenant.live_key).get(f"/v1/jobs/{job.pk}").json()
        assert said["priority"] == "high"
        assert said["metadata"] == ASKED["metadata"]
        assert said["accelerator_required"] is True

    def test_need_not_be_said(self, ask: Callable[..., Any]) -> None:
        job = Job.objects.get(pk=ask().json()["job"])
        assert (job.priority, job.deadline_at, job.metadata, job.required) == (2, None, {}, False)

    @pytest.mark.parametrize(
        ("said", "pointer"),
        [
            ({"priority": "urgent"}, "/priority"),
            ({"deadline_s": 0}, "/deadline_s"),
            ({"deadline_s": 86_401}, "/deadline_s"),
            ({"metadata": "derby"}, "/metadata"),
            ({"metadata": {f"m{n}": "" for n in range(17)}}, "/metadata"),
            ({"metadata": {"m" * 41: "x"}}, f"/metadata/{'m' * 41}"),
            ({"metadata": {" ": "x"}}, "/metadata/ "),
            ({"metadata": {"show": "x" * 501}}, "/metadata/show"),
            ({"metadata": {"show": 5}}, "/metadata/show"),
            ({"accelerator_required": "perhaps"}, "/accelerator_required"),
        ],
    )
    def test_that_cannot_be_are_pointed_at_and_make_no_job(
        self, ask: Callable[..., Any], said: dict[str, Any], pointer: str
    ) -> None:
        refused = ask(**said)
        assert refused.status_code == 400, refused.content
        assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]
        assert not Job.objects.exists()


class TestTheExpectedTime:
    def test_goes_with_the_length_of_the_sound(
        self, effect: Callable[..., Any], track: Callable[..., Any]
    ) -> None:
        stem = Job.objects.get(pk=effect().json()["job"])
        chain = Job.objects.get(pk=effect(kind="chain", name="stadium").json()["job"])
        analysis = Job.objects.get(pk=track().json()["job"])
        assert stem.expected_seconds == pytest.approx(0.05 + 0.6 * 0.06, abs=0.001)
        assert chain.expected_seconds == pytest.approx(0.05 + 0.6 * 0.015, abs=0.001)
        assert analysis.expected_seconds == pytest.approx(0.05 + 0.6 * 0.004, abs=0.001)
        assert rules.expected_seconds("stem", 1800.0) == pytest.approx(108.05)

"""Stems by graphs in the family's own job, and by NumPy where no graph serves."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from apps.live_room import tasks  # noqa: F401  (registers the handler)
from apps.live_room.graphs import NUMPY, Ran, stem_of
from audio import stems
from jobs.models import Job
from modelhub.runtimes.devices import CPU, CUDA, PROCESSOR, Device
from modelhub.runtimes.here import device_for, exact
from modelhub.runtimes.sessions import DeviceUnavailable
from tests.conftest import Api, Tenant
from tests.jobs.work import execute
from tests.live_room.test_effects import sound

BY_GRAPH = Ran("cpu", CPU)


def noise(seconds: float, rate: int) -> NDArray[np.float32]:
    """Two channels of it, under a click twice a second."""
    random = np.random.default_rng(5)
    clicks = np.zeros(int(seconds * rate))
    clicks[:: rate // 2] = 0.8
    made = random.normal(0, 0.05, (len(clicks), 2)) + clicks[:, np.newaxis]
    return made.astype(np.float32)


@pytest.mark.parametrize("name", stems.STEMS)
def test_a_stem_by_a_graph_is_the_one_by_numpy(name: str) -> None:
    given = noise(3.0, 22_050)
    found, ran = stem_of(given, 22_050, name, accelerator="cpu")
    assert ran == BY_GRAPH
    assert np.abs(found - stems.separate(given, 22_050, name)).max() < 1e-4
    assert np.abs(found).max() > 0.01


@pytest.mark.parametrize(("seconds", "rate"), [(1.9, 22_050), (4.0, 1_000), (0.0, 22_050)])
def test_short_sound_and_sound_of_few_samples_needs_no_graph(seconds: float, rate: int) -> None:
    given = noise(seconds, rate)
    found, ran = stem_of(given, rate, "percussive", accelerator="cpu")
    assert ran == NUMPY
    assert np.array_equal(found, stems.separate(given, rate, "percussive"))


def test_an_accelerator_that_is_not_there_is_the_processor_unless_it_is_required() -> None:
    assert device_for("npu") is PROCESSOR
    with pytest.raises(DeviceUnavailable):
        device_for("npu", required=True)


def test_a_card_of_nvidias_makes_no_shorter_numbers_of_ours() -> None:
    card = Device("gpu", CUDA, "NVIDIA", "card", 0)
    assert exact(card).options == (("use_tf32", "0"),)
    assert exact(PROCESSOR) is PROCESSOR


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "ran"), [(2.5, BY_GRAPH), (0.6, NUMPY)])
def test_the_job_tells_what_it_was_computed_on(
    api: Any, tenant: Tenant, seconds: float, ran: Ran
) -> None:
    owner: Api = api(tenant.live_key)
    clip = owner.upload("/v1/clips", {"file": sound(seconds)}).json()
    asked = {"clip": clip["id"], "kind": "stem", "name": "bass"}
    execute(owner.post("/v1/effects", asked).json()["job"])
    job = Job.objects.get()
    assert job.result is not None
    assert job.result["computed_on"] == ran._asdict()
    assert job.provider == ran.provider

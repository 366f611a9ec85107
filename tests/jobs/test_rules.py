"""Why a job waits, and where it stands: tables of cases."""

from datetime import UTC, datetime, timedelta

import pytest

from jobs import rules

NOW = datetime(2026, 11, 30, 20, tzinfo=UTC)


class TestAQueueSName:
    def test_says_where_on_what_and_for_whom(self) -> None:
        assert rules.queue_name("gpu") == "cloud.gpu.batch"
        assert rules.queue_name("cpu", "rt") == "cloud.cpu.rt"
        assert rules.accelerator_of("cloud.npu.rt") == "npu"
        assert rules.rerouted("cloud.npu.rt", "cpu") == "cloud.cpu.rt"


class TestWhyItWaits:
    @pytest.mark.parametrize(
        ("parked", "living", "silent", "paused", "starting", "reason"),
        [
            (True, 0, 0, 0, 0, "throttled"),
            (True, 3, 0, 3, 0, "throttled"),
            (False, 0, 0, 0, 0, "no_capacity"),
            (False, 0, 1, 0, 0, "worker_unhealthy"),
            (False, 1, 1, 0, 0, "no_capacity"),
            (False, 2, 0, 2, 0, "paused_thermal"),
            (False, 2, 0, 1, 0, "no_capacity"),
            (False, 2, 0, 0, 2, "warming"),
            (False, 2, 0, 0, 1, "no_capacity"),
        ],
    )
    def test_is_told_by_the_workers_of_its_queue(
        self, parked: bool, living: int, silent: int, paused: int, starting: int, reason: str
    ) -> None:
        said = rules.why_it_waits(
            parked=parked, living=living, silent=silent, paused=paused, starting=starting
        )
        assert said == reason


class TestAParkedJob:
    @pytest.mark.parametrize(
        ("own", "weight", "other", "waiting", "between"),
        [
            (7, 1, 1, 100, 8),  # one of the others' for each of its own, and for itself
            (7, 1, 1, 3, 3),
            (7, 4, 1, 100, 2),
            (0, 1, 16, 100, 16),
            (0, 16, 1, 100, 1),
        ],
    )
    def test_waits_for_what_others_get_meanwhile(
        self, own: int, weight: int, other: int, waiting: int, between: int
    ) -> None:
        found = rules.between(own=own, weight=weight, other=other, waiting=waiting)
        assert found == between


class TestAnUrgentMoment:
    def test_leaves_twice_the_time_of_the_work(self) -> None:
        deadline = NOW + timedelta(minutes=1)
        urgent = rules.urgent_at(deadline, seconds=5.0, guaranteed=True)
        assert urgent == NOW + timedelta(seconds=50)

    @pytest.mark.parametrize(("deadline", "guaranteed"), [(None, True), (NOW, False)])
    def test_is_of_a_guaranteed_deadline_alone(
        self, deadline: datetime | None, guaranteed: bool
    ) -> None:
        assert rules.urgent_at(deadline, seconds=5.0, guaranteed=guaranteed) is None

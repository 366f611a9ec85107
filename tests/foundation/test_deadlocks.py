"""Who lost a deadlock tries again, and nobody else."""

import pytest
from django.db import OperationalError
from psycopg.errors import AdminShutdown, DeadlockDetected, Error

from foundation.deadlocks import TRIES, again_if_lost


class Losing:
    """Fails so often, for this reason, and succeeds afterwards."""

    def __init__(self, times: int, why: type[Error] = DeadlockDetected) -> None:
        self.times, self.why, self.tried = times, why, 0

    def act(self, answer: str, *, end: str) -> str:
        self.tried += 1
        if self.tried <= self.times:
            raise OperationalError("lost") from self.why()
        return answer + end


class TestADeadlock:
    @pytest.mark.parametrize("times", [0, 1, TRIES - 1])
    def test_is_tried_again(self, times: int) -> None:
        losing = Losing(times)
        assert again_if_lost(losing.act)("do", end="ne") == "done"
        assert losing.tried == times + 1

    def test_that_is_lost_for_ever_is_raised(self) -> None:
        losing = Losing(99)
        with pytest.raises(OperationalError):
            again_if_lost(losing.act)("", end="")
        assert losing.tried == TRIES


def test_another_failure_is_not_tried_again() -> None:
    losing = Losing(1, AdminShutdown)
    with pytest.raises(OperationalError):
        again_if_lost(losing.act)("", end="")
    assert losing.tried == 1

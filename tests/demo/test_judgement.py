"""What the demo calls right: limits told exactly, tables that cannot hide a failure."""

import io

import pytest

from demo.acts.effects import Asked, judge
from demo.report import Check, attempt, write_table
from demo.voice import Voice, bar
from tifo_client import TifoError


def refused(sent: float, told: float, wait_s: float) -> Asked:
    return Asked("stadium", sent, told, wait_s=wait_s)


def admitted(sent: float, told: float) -> Asked:
    return Asked("stadium", sent, told, job="job_1")


BURST = [refused(0.0, 0.1, 1.95), refused(0.02, 0.12, 1.93)]
ON_TIME = admitted(2.05, 2.1)


class TestJudge:
    @pytest.mark.parametrize(
        ("early", "on_time", "truthful"),
        [
            pytest.param(refused(1.0, 1.1, 0.95), ON_TIME, True, id="one instant, then free"),
            pytest.param(refused(1.0, 1.1, 1.5), ON_TIME, False, id="half-way it is put off"),
            pytest.param(refused(1.0, 1.1, 0.5), ON_TIME, False, id="half-way it is brought near"),
            pytest.param(admitted(1.0, 1.1), ON_TIME, False, id="half-way it is free already"),
            pytest.param(admitted(1.0, 2.2), ON_TIME, True, id="the early call took too long"),
            pytest.param(refused(1.0, 1.1, 0.95), refused(2.05, 2.1, 0.1), False, id="not free"),
        ],
    )
    def test_takes_retry_after_at_its_word(
        self, early: Asked, on_time: Asked, truthful: bool
    ) -> None:
        assert judge(BURST[0], BURST, early, on_time, 5).ok is truthful

    def test_sees_two_refusals_that_disagree(self) -> None:
        burst = [*BURST, refused(0.0, 0.1, 1.5)]
        assert not judge(BURST[0], burst, refused(1.0, 1.1, 0.95), ON_TIME, 5).ok


class TestAttempt:
    async def test_gives_an_acts_checks(self) -> None:
        async def act() -> list[Check]:
            return [Check("Beats", True, "48 of 48")]

        assert await attempt("Beats", act()) == [Check("Beats", True, "48 of 48")]

    @pytest.mark.parametrize("error", [TifoError({"code": "not-found"}), OSError("no disk")])
    async def test_turns_a_refusal_into_a_failed_check(self, error: Exception) -> None:
        async def act() -> list[Check]:
            raise error

        (check,) = await attempt("Beats", act())
        assert not check.ok
        assert check.name == "Beats"
        assert str(error) in check.says


class TestTable:
    def test_marks_what_is_so_and_what_is_not(self) -> None:
        out = io.StringIO()
        write_table(Voice(out), [Check("Beats", True, "48"), Check("Bill", False, "$1.81")])

        assert out.getvalue() == "\n  ✓ Beats  48\n  ✗ Bill   $1.81\n\n"

    @pytest.mark.parametrize(("score", "full"), [(0.0, 0), (50.0, 15), (100.0, 30)])
    def test_draws_a_score_as_a_bar(self, score: float, full: int) -> None:
        assert bar(score).count("█") == full
        assert len(bar(score)) == 30

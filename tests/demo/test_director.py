"""The director asks for waves when the crowd rises, and none of a recording that never does."""

import pytest

from demo.acts.director import Director
from demo.cast import Cast
from demo.pace import Pace
from tenants.rules import build_token
from tifo_client import Tifo

CALM, CHEER = [20.0] * 60, [20.0] * 40 + [70.0] * 20


@pytest.fixture
def director() -> Director:
    client = Tifo(build_token("0" * 30, livemode=True), "http://127.0.0.1:1")  # nobody is called
    return Director(Cast("", Pace(), lambda *_: None, client, client, client, client))


def play(director: Director, scores: list[float]) -> int:
    """Ten scores a second; how many waves were due."""
    return sum(director.hall.rises(score, at / 10) for at, score in enumerate(scores))


class TestWaves:
    def test_are_due_when_the_crowd_rises(self, director: Director) -> None:
        assert play(director, CALM) == 0
        assert play(director, CHEER) == 1


class TestCues:
    @pytest.mark.parametrize(
        ("scores", "recorded", "ok"),
        [
            pytest.param(CALM, True, True, id="a calm recording"),
            pytest.param([0.0] * 60, True, True, id="a silent recording"),
            pytest.param(CALM, False, False, id="our own event, which has a cheer"),
            pytest.param([], True, False, id="no score came"),
            pytest.param(CHEER, True, False, id="it rose and no trigger was raised"),
        ],
    )
    async def test_are_not_asked_of_a_recording_that_never_rose(
        self, director: Director, scores: list[float], recorded: bool, ok: bool
    ) -> None:
        play(director, scores)
        (check,) = await director.check_cues(4, [], may_be_calm=recorded)
        assert check.ok is ok
        assert ("never rose" in check.says) is ok

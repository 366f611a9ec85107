"""Which workers a machine gets, and what each of them may see."""

import os
import signal
from pathlib import Path

import pytest

from foundation import clock
from jobs.devices import Device
from jobs.execution.line import Ended
from jobs.execution.messages import Answer, order
from jobs.models import Job
from modelhub.runtimes.devices import CUDA
from modelhub.runtimes.library import onnxruntime
from tests.processes import gone
from tifo import accelerators, commands
from tifo.environment import Environment
from tifo.processes import hands
from tifo.processes.hands import Lodge
from tifo.supervisor.plan import background, cpu_workers

CPU = Device(accelerator="cpu")
GPUS = [Device(accelerator="gpu", number=n, name="Some card") for n in range(2)]
NPU = Device(accelerator="npu", provider="QNNExecutionProvider")


def planned(*devices: Device, processors: int = 2) -> dict[str, list[str]]:
    programs = background({}, Environment(), devices, processors)
    return {program.name: list(program.arguments) for program in programs}


class TestTheWorkersOfAMachine:
    def test_pretend_to_no_accelerator(self) -> None:
        assert planned(CPU) == {
            "beat": ["beat"],
            "worker-control": ["worker", "--control"],
            "worker-cpu": ["worker", "--accelerator=cpu"],
        }

    def test_are_one_for_each_accelerator(self) -> None:
        programs = planned(CPU, *GPUS, NPU)
        assert programs["worker-gpu"] == ["worker", "--accelerator=gpu", "--device=0"]
        assert programs["worker-gpu-1"] == ["worker", "--accelerator=gpu", "--device=1"]
        assert programs["worker-npu"] == ["worker", "--accelerator=npu", "--device=0"]

    @pytest.mark.parametrize(("processors", "workers"), [(1, 1), (3, 1), (4, 2), (64, 8)])
    def test_leave_half_of_the_processors_alone(self, processors: int, workers: int) -> None:
        assert cpu_workers(processors) == workers
        names = planned(CPU, processors=processors)
        assert len([name for name in names if name.startswith("worker-cpu")]) == workers

    def test_are_given_their_time_to_drain(self) -> None:
        programs = background({}, Environment(drain_seconds=77), [CPU], 2)
        assert {p.stop_within_s for p in programs if p.name != "beat"} == {82.0}


class TestAnAccelerator:
    def test_is_not_taken_on_trust(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("TIFO_PROCESS", "worker")
        assert commands.main(["worker", "--accelerator=gpu", "--device=99"]) == 12
        assert "There is no gpu number 99 on this machine" in capsys.readouterr().err

    def test_is_told_by_the_card_itself(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told = "0, Card A, 8192, 8000, 41, 70.25\n1, Card B, 8192, 8000, 90, [N/A]"
        script = tmp_path / "nvidia-smi"
        script.write_text(f"#!/bin/sh\necho '{told}'\n")
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        assert [each.accelerator for each in accelerators.found()] == ["cpu"]  # nothing runs there
        monkeypatch.setattr(onnxruntime(), "get_available_providers", lambda: [CUDA])
        _, first, second = accelerators.found()
        assert (first.name, second.name, second.number) == ("Card A", "Card B", 1)
        assert accelerators.readings(first) == {"celsius": 41.0, "watts": 70.25}
        assert accelerators.readings(second) == {"celsius": 90.0}

    @pytest.mark.parametrize("provider", ["FooExecutionProvider", "CPUExecutionProvider"])
    def test_is_none_because_somebody_says_so(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], provider: str
    ) -> None:
        monkeypatch.setattr(accelerators, "environment", lambda: Environment(npu=provider))
        monkeypatch.setenv("TIFO_PROCESS", "worker")
        assert [each.accelerator for each in accelerators.found()] == ["cpu"]
        assert commands.main(["worker", "--accelerator=npu"]) == 12
        assert "TIFO_NPU names a provider" in capsys.readouterr().err
        monkeypatch.setattr(accelerators, "_LISTS", "")  # as of one that is there
        assert accelerators.found()[1:] == [
            Device(accelerator="npu", name=provider, provider=provider)
        ]

    @pytest.mark.parametrize(("device", "seen"), [(CPU, "-1"), (GPUS[1], "1"), (NPU, "-1")])
    def test_is_the_only_card_that_its_worker_sees(self, device: Device, seen: str) -> None:
        assert accelerators.only(device) == {"CUDA_VISIBLE_DEVICES": seen}


class TestAHand:
    def test_is_started_anew_where_no_fork_is_safe(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(hands, "FORKS", False)
        hand = Lodge("worker").hire()
        assert not gone(hand.pid)
        assert (hand.memory_bytes() or 0) > 0
        hand.tell(order([Job(kind="nobody.knows", created_at=clock.now(), payload={})]))
        said = hand.hear(30.0)
        assert said
        assert Answer.read(said).outcome == "failed"
        os.kill(hand.pid, signal.SIGTERM)  # it is told when its worker is, and works on
        assert hand.hear(0.1) is None
        assert hand.end() >= 0
        assert gone(hand.pid)
        assert hand.memory_bytes() is None
        with pytest.raises(Ended):
            hand.tell(b"")

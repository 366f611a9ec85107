"""What a machine can compute on, from samples of what drivers and ONNX Runtime say."""

import subprocess
import sys
from pathlib import Path

import pytest

from modelhub.runtimes.cards import Card, parse
from modelhub.runtimes.devices import (
    COREML,
    CPU,
    CUDA,
    QNN,
    TENSORRT,
    Device,
    Offer,
    devices,
    found,
)
from modelhub.runtimes.health import Readings, of_card, readings
from modelhub.runtimes.library import register
from modelhub.runtimes.providers import config_for, providers_for

LINUX = ("Linux", "x86_64")
OWN = Offer(CPU, "CPU", "AMD", "", 0)
SIMULATED = Offer(QNN, "CPU", "AMD", "", 0)
L4 = Card(0, "NVIDIA L4", 23034 << 20, 22000 << 20, 41.0, 16.5)
T4 = Card(1, "Tesla T4", 15360 << 20, None, None, None)
BACKEND = (("backend_path", "/opt/libQnnHtp.so"),)

SMI = """\
0, NVIDIA L4, 23034, 22000, 41, 16.50
1, Tesla T4, 15360, [N/A], [Not Supported], [N/A]
Unable to determine the device handle for GPU0000:02:00.0: Unknown Error
"""


class TestCards:
    def test_are_read_with_what_they_do_not_tell(self) -> None:
        assert parse(SMI) == (L4, T4)

    @pytest.mark.parametrize("text", ["", "\n", "No devices were found\n", "a, b, c, d, e, f\n"])
    def test_are_none_in_other_words(self, text: str) -> None:
        assert parse(text) == ()


class TestDevices:
    def names(self, **given: object) -> list[tuple[str, str, int]]:
        told = {"offers": [OWN], "built_in": [CPU], "cards": (), "system": LINUX} | given
        listed = found(**told)  # type: ignore[arg-type]
        return [(each.accelerator, each.provider, each.device_id) for each in listed]

    def test_are_the_processor_alone_on_a_laptop(self) -> None:
        assert self.names() == [("cpu", CPU, 0)]

    def test_are_no_cards_that_are_not_there(self) -> None:
        assert self.names(built_in=[TENSORRT, CUDA, CPU]) == [("cpu", CPU, 0)]

    def test_are_each_card_by_each_provider(self) -> None:
        assert self.names(built_in=[TENSORRT, CUDA, CPU], cards=(L4, T4)) == [
            ("gpu", TENSORRT, 0),
            ("gpu", TENSORRT, 1),
            ("gpu", CUDA, 0),
            ("gpu", CUDA, 1),
            ("cpu", CPU, 0),
        ]

    def test_are_no_cards_that_this_build_cannot_use(self) -> None:
        assert self.names(cards=(L4,)) == [("cpu", CPU, 0)]

    def test_list_a_card_once_where_its_provider_is_a_plugin(self) -> None:
        offers = [OWN, Offer(CUDA, "GPU", "NVIDIA", "NVIDIA L4", 0)]
        [card, _] = found(offers=offers, built_in=[CUDA, CPU], cards=(L4,), system=LINUX)
        assert card == Device("gpu", CUDA, "NVIDIA", "NVIDIA L4", 0, L4.memory_bytes)

    def test_take_npus_and_gpus_of_plugins_and_not_the_processor_twice(self) -> None:
        kinds = [
            Offer("OpenVINOExecutionProvider", kind, "Intel", kind, 0)
            for kind in ("CPU", "GPU", "NPU")
        ]
        assert [name for name, *_ in self.names(offers=[OWN, *kinds])] == ["gpu", "npu", "cpu"]

    def test_are_no_npu_where_one_could_be_simulated(self) -> None:
        assert self.names(offers=[OWN, SIMULATED]) == [("cpu", CPU, 0)]

    def test_are_a_simulated_npu_for_who_asks(self) -> None:
        given = {"offers": [OWN, SIMULATED], "simulator": BACKEND}
        assert self.names(**given)[0] == ("npu", QNN, 0)

    @pytest.mark.parametrize(
        ("system", "count"), [(("Darwin", "arm64"), 1), (("Darwin", "x86_64"), 0), (LINUX, 0)]
    )
    def test_are_apples_only_on_its_own_chips(self, system: tuple[str, str], count: int) -> None:
        listed = self.names(built_in=[COREML, CPU], system=system)
        assert [name for name, *_ in listed].count("npu") == count

    def test_of_this_machine_end_with_its_processor(self) -> None:
        told = devices()
        assert (told[-1].accelerator, told[-1].provider) == ("cpu", CPU)

    def test_need_the_plugin_to_be_there(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="absent"):
            register({"SomeExecutionProvider": tmp_path / "absent.so"})


class TestTheWebProcess:
    def test_does_not_pay_for_onnxruntime(self) -> None:
        modules = "modelhub.runtimes.sessions, modelhub.runtimes.loaded, modelhub.runtimes.devices"
        script = f"import sys, {modules}; sys.exit('onnxruntime' in sys.modules)"
        subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


class TestProviders:
    GPU = Device("gpu", CUDA, "NVIDIA", "L4", 1)
    RT = Device("gpu", TENSORRT, "NVIDIA", "L4", 0)
    NPU = Device("npu", QNN, "Qualcomm", "Hexagon", 0, None, BACKEND)
    OWN = Device("cpu", CPU, "AMD", "processor", 0)

    @pytest.mark.parametrize(
        ("device", "fallback", "expected"),
        [
            (OWN, False, [(CPU, {})]),
            (OWN, True, [(CPU, {})]),
            (GPU, False, [(CUDA, {"device_id": "1"})]),
            (GPU, True, [(CUDA, {"device_id": "1"}), (CPU, {})]),
            (RT, False, [(TENSORRT, {"device_id": "0"}), (CUDA, {"device_id": "0"})]),
            (NPU, True, [(QNN, dict(BACKEND)), (CPU, {})]),
            (NPU, False, [(QNN, dict(BACKEND))]),
        ],
    )
    def test_stand_in_order_of_preference(
        self, device: Device, fallback: bool, expected: list[tuple[str, dict[str, str]]]
    ) -> None:
        assert providers_for(device, fallback=fallback) == expected

    @pytest.mark.parametrize(
        ("device", "fallback", "strict"),
        [(NPU, False, True), (NPU, True, False), (GPU, False, False), (OWN, False, False)],
    )
    def test_are_held_to_where_an_npu_was_demanded(
        self, device: Device, fallback: bool, strict: bool
    ) -> None:
        told = config_for(device, fallback=fallback)
        assert (told.get("session.disable_cpu_ep_fallback") == "1") is strict


class TestReadings:
    PROCESSOR = Device("cpu", CPU, "AMD", "processor", 0)

    def machine(self, folder: Path, sensors: dict[str, str]) -> Path:
        for name, text in sensors.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text + "\n")
        return folder

    @pytest.mark.parametrize(
        ("sensors", "degrees"),
        [
            ({}, None),
            (
                {
                    "thermal/thermal_zone0/type": "x86_pkg_temp",
                    "thermal/thermal_zone0/temp": "51000",
                },
                51,
            ),
            ({"thermal/thermal_zone0/type": "acpitz", "thermal/thermal_zone0/temp": "90000"}, None),
            ({"thermal/thermal_zone0/type": "cpu-thermal", "thermal/thermal_zone0/temp": ""}, None),
            (
                {
                    "hwmon/hwmon2/name": "k10temp",
                    "hwmon/hwmon2/temp1_input": "47250",
                    "hwmon/hwmon2/temp2_input": "49125",
                },
                49.125,
            ),
            (
                {
                    "thermal/thermal_zone0/type": "CPU-therm",
                    "thermal/thermal_zone0/temp": "-4500",
                    "hwmon/hwmon0/name": "nvme",
                    "hwmon/hwmon0/temp1_input": "70000",
                },
                -4.5,
            ),
        ],
    )
    def test_of_the_processor_are_its_own_sensors(
        self, tmp_path: Path, sensors: dict[str, str], degrees: float | None
    ) -> None:
        told = readings(
            self.PROCESSOR, sys=self.machine(tmp_path, sensors), meminfo=tmp_path / "meminfo"
        )
        assert told == Readings(temperature_c=degrees)

    def test_tell_the_memory_that_is_free(self, tmp_path: Path) -> None:
        meminfo = tmp_path / "meminfo"
        meminfo.write_text("MemTotal:   100 kB\nMemFree:  20 kB\nMemAvailable:     64 kB\n")
        assert readings(self.PROCESSOR, sys=tmp_path, meminfo=meminfo).memory_free_bytes == 65536

    def test_of_a_card_come_from_its_driver(self) -> None:
        assert of_card([L4, T4], 0) == Readings(41.0, 16.5, 22000 << 20)
        assert of_card([L4, T4], 1) == of_card([L4, T4], 5) == Readings()

    def test_of_a_silent_accelerator_are_empty(self) -> None:
        assert readings(TestProviders.NPU) == Readings()

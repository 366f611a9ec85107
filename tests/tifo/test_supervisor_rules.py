"""The supervisor's plain decisions: when to heal, what a line means, how it looks."""

import pytest

from tifo.supervisor.processes.healing import delay_s, recent
from tifo.supervisor.processes.lines import Event, Lines, severity
from tifo.supervisor.rendering import Pretty, as_json


class TestHealing:
    @pytest.mark.parametrize(
        ("deaths", "seconds"),
        [(1, 0.0), (2, 0.25), (3, 0.5), (4, 1.0), (5, 2.0), (8, 10.0), (5000, 10.0)],
    )
    def test_waits_longer_after_each_death_up_to_a_ceiling(
        self, deaths: int, seconds: float
    ) -> None:
        assert delay_s(deaths) == seconds

    def test_forgets_deaths_older_than_a_minute(self) -> None:
        assert recent([0.0, 39.9, 40.1, 99.0], now=100.0) == [40.1, 99.0]


def read(*output: bytes, process: str = "web") -> list[Event]:
    lines = Lines(process)
    return [event for part in output for event in lines.feed(part)] + list(lines.finish())


class TestLines:
    def test_keeps_a_json_event_and_names_its_process(self) -> None:
        line = (
            b'{"ts": "2026-11-21T12:00:00.000Z", "level": "WARNING", "message": "low", "left": 3}\n'
        )
        assert read(line) == [
            {
                "ts": "2026-11-21T12:00:00.000Z",
                "level": "WARNING",
                "message": "low",
                "left": 3,
                "process": "web",
            }
        ]

    def test_joins_a_line_that_arrives_in_pieces(self) -> None:
        assert [said["message"] for said in read(b"half a ", b"line\nand", b" no end")] == [
            "half a line",
            "and no end",
        ]

    @pytest.mark.parametrize(
        ("line", "level", "message"),
        [
            (b"LOG:  database system is ready", "DEBUG", "database system is ready"),
            (b"FATAL:  the disk is full", "ERROR", "the disk is full"),
            (b"12:M 21 Nov 2026 01:25:41.979 * Ready", "DEBUG", "Ready"),
            (b"12:C 21 Nov 2026 01:25:41.976 # Redis is starting", "DEBUG", "Redis is starting"),
            (b"12:signal-handler (1795225221) Received SIGTERM", "DEBUG", "Received SIGTERM"),
            (b"12:M 21 Nov 2026 01:25:41.9 # Can't save", "WARNING", "Can't save"),
            (b'{"not": "an event"}', "INFO", '{"not": "an event"}'),
            (b"{broken", "INFO", "{broken"),
        ],
    )
    def test_wraps_what_is_no_event(self, line: bytes, level: str, message: str) -> None:
        (said,) = read(line + b"\n")
        assert (said["level"], said["message"], said["process"]) == (level, message, "web")

    def test_says_plainly_what_redis_warns_every_laptop_of(self) -> None:
        warned = (
            b"12:C 21 Nov 2026 01:25:41.976 # WARNING Memory overcommit must be enabled! Without"
        )
        (said,) = read(warned + b" it, a background save may fail\n")
        assert said["level"] == "INFO"
        assert "vm.overcommit_memory = 1" in said["message"]
        assert "WARNING" not in said["message"]

    def test_makes_one_event_of_a_traceback(self) -> None:
        said = read(
            b"before\nTraceback (most recent call last):\n"
            b'  File "a.py", line 1\n\n    stop\nValueError: no such zone\nafter\n'
        )
        assert [each["message"] for each in said] == [
            "before",
            "ValueError: no such zone",
            "after",
        ]
        assert said[1]["level"] == "ERROR"
        assert 'File "a.py", line 1' in said[1]["exception"]

    def test_strikes_out_a_key_that_a_child_printed(self) -> None:
        (said,) = read(b"refused tifo_live_" + b"k" * 36 + b" just now\n")
        assert said["message"] == "refused tifo_live_… just now"


class TestSeverity:
    def test_orders_levels_and_takes_a_strange_one_for_information(self) -> None:
        levels = ("DEBUG", "strange", "WARNING", "ERROR")
        assert [severity({"level": each}) for each in levels] == [10, 20, 30, 40]


class TestRendering:
    EVENT = {
        "ts": "2026-11-21T12:00:00.000Z",
        "level": "ERROR",
        "process": "web",
        "message": "two\nlines",
        "zone": "north",
    }

    def test_shows_an_event_on_one_line(self) -> None:
        line = Pretty(colour=False)(self.EVENT)
        assert "\n" not in line
        assert line.split()[1:] == ["web", "ERROR", "two", "lines", "zone=north"]

    def test_colours_each_process_by_its_own_and_an_error_red(self) -> None:
        pretty = Pretty(colour=True)
        web, beat = pretty(self.EVENT), pretty({**self.EVENT, "process": "beat"})
        assert "\033[31mERROR" in web
        assert web[: web.index("web")] != beat[: beat.index("beat")]

    def test_shows_a_traceback_below_its_line(self) -> None:
        assert Pretty(colour=False)(self.EVENT | {"exception": "Traceback"}).endswith("\nTraceback")

    def test_writes_json_as_it_is(self) -> None:
        assert as_json({"message": "Köln"}) == '{"message": "Köln"}'

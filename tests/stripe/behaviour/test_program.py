"""The stand-in as a process: started by a command, controlled over HTTP."""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from tests.checkout import ROOT
from tests.stripe.receiver import SECRET, Receiver

STARTED_WITHIN_S = 20.0  # on a busy machine; an idle one needs under a second


class Program:
    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "tests.stripe.stand_in", "--port", "0", *arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self._process.stdout is not None
        self.url, key = self._process.stdout.readline().split()
        self.client = stripe.StripeClient(
            key, base_addresses={"api": self.url}, max_network_retries=0
        )

    def control(self, name: str, **arguments: Any) -> Any:
        body = json.dumps(arguments).encode()
        url = f"{self.url}/_control/{name}"
        with urllib.request.urlopen(urllib.request.Request(url, body, method="POST")) as answer:
            return json.loads(answer.read())

    def end(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return self._process.wait(10)


@pytest.fixture
def program(receiver: Receiver) -> Iterator[Program]:
    started = Program("--webhook", receiver.url, "--secret", SECRET)
    yield started
    assert started.end() == 0


class TestProgram:
    def test_is_controlled_over_http(self, program: Program, receiver: Receiver) -> None:
        made = program.client.v1.customers.create({"name": "Terrace Labs"})
        assert program.control("wait_for_webhooks") is True
        event = program.client.construct_event(*receiver.received[0], SECRET)
        assert event.data.object["id"] == made.id
        assert [each["id"] for each in program.control("objects", kind="customer")] == [made.id]
        program.control("fault", fault="error_before")
        with pytest.raises(stripe.APIError):
            program.client.v1.customers.list()
        before = program.control("advance", seconds=0)
        assert program.control("advance", seconds=3600) >= before + 3600
        assert [call["path"] for call in program.control("calls")] == ["/v1/customers"] * 2

    def test_is_emptied_by_a_reset(self, program: Program) -> None:
        program.client.v1.customers.create({})
        program.control("fault", fault="error_before", times=9)
        program.control("reset")
        assert program.client.v1.customers.list().data == []

    @pytest.mark.parametrize(
        ("name", "arguments"),
        [
            ("fault", {"fault": "flood"}),
            ("advance", {"seconds": -1}),
            ("set", {"no_such_setting": 1}),
            ("complete_checkout", {"session": "cs_none"}),
            ("__init__", {}),
        ],
    )
    def test_refuses_what_makes_no_sense(
        self, program: Program, name: str, arguments: dict[str, Any]
    ) -> None:
        with pytest.raises(urllib.error.HTTPError) as refused:
            program.control(name, **arguments)
        refused.value.close()
        assert refused.value.code in (400, 404)

    def test_says_that_what_is_forged_is_named_by_its_id(self, program: Program) -> None:
        with pytest.raises(urllib.error.HTTPError) as refused:
            program.control("forge", url=program.url, event={"id": "evt_1"}, secret=SECRET)
        with refused.value as answer:
            assert "event is the id of an event" in json.loads(answer.read())["error"]

    def test_starts_without_waiting(self) -> None:
        began = time.monotonic()
        program = Program("--api-key", "sk_test_mine")
        assert time.monotonic() - began < STARTED_WITHIN_S
        assert program.client.v1.customers.list().data == []
        assert program.end() == 0

"""The catalogue takes each type once; what is told fits it; nobody waits long for the carrier."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any, TypedDict

import pytest
from pytest_django import Settings

from foundation.events.catalogue import (
    Durable,
    Misfit,
    Passing,
    Undeclared,
    catalogue,
    declare,
    verify,
)
from foundation.events.rules import members, misfits
from foundation.events.sockets import Audience, Message, send, to_listeners


class Inner(TypedDict):
    name: str


class ToyData(TypedDict):
    name: str
    count: int
    share: float
    open: bool
    at: str | None
    tags: list[str]
    zones: dict[str, float]
    free: dict[str, Any]
    inner: Inner


FITS: ToyData = {
    "name": "x",
    "count": 1,
    "share": 1,
    "open": True,
    "at": None,
    "tags": ["a"],
    "zones": {"north": 0.5},
    "free": {"a": [1, {"b": None}]},
    "inner": {"name": "y"},
}


@pytest.fixture
def mute() -> Iterator[str]:
    """The address of a Redis that takes calls and never answers, as behind a cut cable."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}"


class TestData:
    def test_fits_its_type(self) -> None:
        assert misfits(FITS, ToyData) == []

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"name": 1}, "/name is int, not string"),
            ({"count": 1.5}, "/count is float, not integer"),
            ({"count": True}, "/count is bool, not integer"),
            ({"share": "1"}, "/share is str, not number"),
            ({"open": 1}, "/open is int, not boolean"),
            ({"at": 1}, "/at is int, not string or null"),
            ({"tags": ["a", 1]}, "/tags/1 is int, not string"),
            ({"tags": "a"}, "/tags is str, not list of string"),
            ({"zones": {"north": "loud"}}, "/zones/north is str, not number"),
            ({"zones": {1: 1.0}}, "/zones is dict, not object of number"),
            ({"free": {"a": object()}}, "/free/a is object, not any JSON"),
            ({"inner": {}}, "/inner/name is missing"),
            ({"inner": "x"}, "/inner is str, not an object"),
            ({"more": 1}, "/more is not declared"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_that_does_not_fit_is_told_where(self, change: dict[str, Any], why: str) -> None:
        assert misfits({**FITS, **change}, ToyData) == [why]

    def test_is_described_in_words(self) -> None:
        told = members(ToyData)
        assert (told["at"], told["tags"]) == ("string or null", "list of string")
        assert (told["zones"], told["free"]) == ("object of number", "object")


class TestTheCatalogue:
    def test_takes_a_name_once(self) -> None:
        taken = next(iter(catalogue()))
        with pytest.raises(ValueError, match="declared twice"):
            declare(Passing(name=taken, frame=None, data=ToyData, meaning="Again."))

    @pytest.mark.parametrize("name", ["toy", "toy.", "Toy.made", "toy.made.twice", "toy-made.x"])
    def test_takes_no_malformed_name(self, name: str) -> None:
        with pytest.raises(ValueError, match="must be"):
            declare(Passing(name=name, frame=None, data=ToyData, meaning="Never."))
        assert name not in catalogue()

    def test_is_all_that_can_be_told(self) -> None:
        name = next(iter(catalogue()))
        for stray in ("toy.made", name):
            event = Durable(name=stray, frame="toy", data=ToyData, meaning="Nobody declared it.")
            with pytest.raises(Undeclared):
                to_listeners(event, FITS, to=Audience("org_1", True))

    def test_refuses_what_does_not_fit_while_events_are_checked(self, settings: Settings) -> None:
        event: Any = next(iter(catalogue().values()))
        with pytest.raises(Misfit, match="more is not declared"):
            verify(event, {"more": 1})
        settings.EVENTS_ARE_CHECKED = False
        verify(event, {"more": 1})


class TestSend:
    async def test_gives_up_on_a_redis_that_is_cut_off(
        self, mute: str, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        ours = settings.CHANNEL_LAYERS["default"]
        settings.CHANNEL_LAYERS = {
            "default": {**ours, "CONFIG": {"hosts": [mute], "prefix": "tifo"}}
        }
        message = Message("organisation.org_1.live", {"type": "cue"})
        await asyncio.wait_for(send([message] * 100), timeout=30)
        assert caplog.text.count("event not delivered") == 1

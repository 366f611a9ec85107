"""What is given wrongly is refused here, before it means something else to the platform."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.sdk.test_transport import HOST, KEY, Wire
from tifo_client import Interaction, Tifo

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
CHEER = Interaction(id="1", end_user="fan-1", kind="cheer", value=80.0, at=NOW)
# Each parameter of the face that takes several, given `value`.
SEVERAL: dict[str, Callable[[Tifo, Any], object]] = {
    "zones of a session": lambda t, value: t.sessions.create("x", value, ends_at=NOW),
    "frames": lambda t, value: t.sessions.send("ses_1", "north", value),
    "scopes": lambda t, value: t.keys.create("s", value),
    "networks": lambda t, value: t.keys.create("s", ["usage:read"], networks=value),
    "scopes of a ticket": lambda t, value: t.tickets.create(value),
    "end_users": lambda t, value: t.usage.report(value),
    "capabilities": lambda t, value: t.kiosks.register("Gate 7", "north", capabilities=value),
    "interactions": lambda t, value: t.interactions.record(value),
    "kiosks": lambda t, value: t.triggers.raise_("led", kiosks=value),
    "zones": lambda t, value: t.triggers.raise_("led", zones=value),
    "at_ms": lambda t, value: t.limits.simulate(cost={"effects": 1}, at_ms=value),
    "group_by": lambda t, value: t.limits.refusals(group_by=value),
}


@pytest.fixture
def wire() -> Wire:
    return Wire([httpx.Response(500)])


class TestSeveral:
    @pytest.mark.parametrize("name", SEVERAL)
    @pytest.mark.parametrize(
        ("value", "hint"),
        [
            ("north", "each of its letters"),
            ("", "each of its letters"),
            (b"north", "must be a list, not bytes"),
            ({"north": 1}, "must be a list, not dict"),
            (7, "must be a list, not int"),
            (CHEER, "must be a list, not InteractionRequest"),
        ],
    )
    def test_are_not_one(self, wire: Wire, name: str, value: object, hint: str) -> None:
        with Tifo(KEY, HOST, network=wire.transport()) as tifo:
            with pytest.raises(TypeError, match=hint) as caught:
                SEVERAL[name](tifo, value)
            assert str(caught.value).startswith(name.split()[0])
        assert wire.requests == []

    def test_may_come_as_any_sequence(self) -> None:
        wire = Wire([httpx.Response(500), httpx.Response(500)])
        with Tifo(KEY, HOST, network=wire.transport()) as tifo:
            for zones in (("north", "south"), iter(["north", "south"])):
                with pytest.raises(Exception, match="500"):
                    SEVERAL["zones of a session"](tifo, zones)
        assert all(b'"zones":["north","south"]' in each.content for each in wire.requests)


class TestRehearsal:
    def test_names_a_user_in_any_script(self) -> None:
        wire = Wire([httpx.Response(200, json={"problem": None, "limits": []})])

        with Tifo(KEY, HOST, network=wire.transport()) as tifo:
            assert tifo.limits.rehearse("GET /v1/usage", end_user=" zoë 🎉\n").admitted
        assert (b"Tifo-End-User", "zoë 🎉".encode()) in wire.requests[0].headers.raw

    @pytest.mark.parametrize("name", ["a\nb", "a\0b", "a\tb", "half \ud83d"])
    def test_refuses_a_name_that_no_header_has(self, wire: Wire, name: str) -> None:
        tifo = Tifo(KEY, HOST, network=wire.transport())
        with tifo, pytest.raises(ValueError, match="end_user has"):
            tifo.limits.rehearse("GET /v1/usage", end_user=name)
        assert wire.requests == []

    def test_takes_its_key_to_no_other_address(self, wire: Wire) -> None:
        with Tifo(KEY, HOST, network=wire.transport()) as tifo:
            for operation in ("POST https://stranger.example/v1/keys", "POST", "/v1/keys"):
                with pytest.raises(ValueError, match="a method and a path"):
                    tifo.limits.rehearse(operation)
        assert wire.requests == []

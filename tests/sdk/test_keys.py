"""A key is looked at before it is sent, and never shown; nor is a password in an address."""

import logging
import pickle
import traceback
from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.base62 import ALPHABET
from tenants.rules import build_token
from tests.sdk.test_sockets import platform, tell
from tests.sdk.test_transport import HOST, JOB, KEY, Wire
from tifo_client import DeviceClient, Tifo, TifoError, errors, keys
from tifo_client.shapes import (
    DeviceTicket,
    NewApiKey,
    NewOrganisation,
    RegisteredKiosk,
    ResultFile,
    Ticket,
    ViewLink,
)

RANDOM = KEY.removeprefix("tifo_live_")
NOBODY = "http://127.0.0.1:9"
randoms = st.text(ALPHABET, min_size=30, max_size=30)


class TestForm:
    @given(randoms, st.booleans())
    def test_is_that_of_every_key_the_platform_makes(self, random: str, livemode: bool) -> None:
        assert keys.flaw(build_token(random, livemode=livemode)) is None

    @given(randoms, st.data())
    def test_tells_one_changed_character(self, random: str, data: st.DataObject) -> None:
        key = build_token(random, livemode=False)
        at = data.draw(st.integers(len("tifo_test_"), len(key) - 1))
        other = data.draw(st.sampled_from(ALPHABET.replace(key[at], "")))

        assert "checksum" in (keys.flaw(key[:at] + other + key[at + 1 :]) or "")

    @pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {}", "\t{} ", "\u00a0{}"])
    def test_is_looked_for_within_white_space(self, around: str) -> None:
        wire = Wire([httpx.Response(200, json=JOB)])

        with Tifo(around.format(KEY), f"{HOST}\n", network=wire.transport()) as tifo:
            tifo.jobs.get("job_1")
        assert wire.requests[0].headers["Authorization"] == f"Bearer {KEY}"

    @pytest.mark.parametrize(
        ("key", "hint"),
        [
            (None, "NoneType"),
            (KEY.encode(), "bytes"),
            ("", "empty"),
            (" \n", "empty"),
            ("tifo_test_…", "placeholder"),
            ("tifo_test_...", "placeholder"),
            ("tifo_live_<your key>", "placeholder"),
            (f"Bearer {KEY}", "Bearer"),
            (f'"{KEY}"', "quotation"),
            (f"{KEY[:20]}\n{KEY[20:]}", "line break"),
            (f"{KEY}\n{KEY}", "line break"),
            (f"{KEY[:20]}é{KEY[21:]}", "a character that no key has"),
            (f"{KEY[:20]}\0{KEY[21:]}", "a character that no key has"),
            (KEY[:-1], "35 characters"),
            (f"{KEY}0", "37 characters"),
            (KEY.swapcase().replace("TIFO_LIVE_", "tifo_live_"), "checksum"),
            ("sk_live_51H8", "begins neither"),
            (RANDOM, "begins neither"),
        ],
    )
    def test_is_refused_in_words_that_help_and_do_not_show_it(self, key: str, hint: str) -> None:
        for client in (lambda: Tifo(key, HOST), lambda: DeviceClient(key, HOST)):
            with pytest.raises(errors.Misconfigured, match=hint) as caught:
                client()
            assert isinstance(caught.value, ValueError)
            assert caught.value.code == "malformed-key"
            said = everything(caught.value)
            assert not [part for part in (RANDOM, RANDOM[:8], "51H8") if part in said]


class TestAddress:
    @pytest.mark.parametrize(
        ("address", "hint"),
        [
            ("https://admin:hunter2@api.example", "no user name and no password"),
            ("https://hunter2@api.example", "no user name and no password"),
            ("127.0.0.1:8000", "must begin with http"),
            ("ftp://hunter2.example", "must begin with http"),
            ("https://", "must begin with http"),
            ("https://[hunter2", "is no address"),
            ("https://api.example:hunter2", "is no address"),
            ("https://api.example/?token=hunter2", "neither a query"),
            ("https://api.example/\nhunter2", "is no address"),
            ("", "must begin with http"),
            (None, "NoneType"),
        ],
    )
    def test_is_refused_without_what_it_may_hide(self, address: str, hint: str) -> None:
        clients: list[Callable[[], object]] = [
            lambda: Tifo(KEY, address),
            lambda: DeviceClient(KEY, address),
            lambda: Tifo.sign_up("Derby FC", "owner@derby.example", address),
        ]
        for client in clients:
            with pytest.raises(errors.Misconfigured, match=hint) as caught:
                client()
            assert caught.value.code == "malformed-address"
            assert "hunter2" not in everything(caught.value)


def everything(error: BaseException) -> str:
    """What is printed of an error and of all that led to it, but for the lines of the program."""
    shown, seen = [], set[int]()
    pending: list[BaseException | None] = [error]
    while pending:
        each = pending.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        shown += [repr(each), str(each), repr(vars(each)), *traceback.format_exception_only(each)]
        pending += [each.__cause__, each.__context__]
    return "\n".join(shown)


class TestSecrecy:
    def test_keeps_it_out_of_every_part_of_the_client(self) -> None:
        with Tifo(KEY, HOST, network=Wire([httpx.Response(200, json=JOB)]).transport()) as tifo:
            tifo.jobs.get("job_1")
            socket = tifo.sessions.stream("ses_1", "north")
            parts = [tifo, tifo.jobs, tifo._wires, *vars(tifo._wires).values(), socket]
            parts += [vars(part) for part in (tifo, tifo.jobs, socket)]
            assert KEY not in "\n".join(repr(part) for part in parts)

    @pytest.mark.parametrize(
        "answer",
        [
            httpx.ConnectError("refused"),
            httpx.LocalProtocolError(f"Illegal header value b'Bearer {KEY}'"),
            httpx.Response(502, json={"detail": f"Bearer {KEY} was not understood", "sent": KEY}),
            httpx.Response(502, text=f"<pre>Authorization: Bearer {KEY}</pre>"),
            httpx.Response(200, text=f"<pre>Authorization: Bearer {KEY}</pre>"),
        ],
    )
    def test_keeps_it_out_of_what_is_raised(self, answer: httpx.Response | Exception) -> None:
        with (
            Tifo(KEY, HOST, network=Wire([answer] * 3).transport()) as tifo,
            pytest.raises(TifoError) as caught,
        ):
            tifo.jobs.get("job_1")
        assert KEY not in "\n".join(
            (str(caught.value), repr(caught.value), str(vars(caught.value)))
        )

    async def test_keeps_it_out_of_logs(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)

        with Tifo(KEY, NOBODY) as tifo, pytest.raises(errors.ConnectionFailed):
            tifo.jobs.get("job_1")
        greeting = platform(lambda line: tell(line, {"type": "hello"}))
        async with greeting as address, Tifo(KEY, address).events() as events:
            assert [event async for event in events] == []
        mine = [each for each in caplog.records if each.name.startswith(("tifo_client", "httpc"))]
        said = "\n".join(each.getMessage() for each in mine)
        assert "Authorization: Bearer tifo_live_…" in said
        assert KEY not in said

    def test_keeps_secrets_out_of_answers_that_are_printed(self) -> None:
        secret = {"secret", "credential", "live_key", "test_key", "ticket", "url"}
        kinds = (DeviceTicket, NewApiKey, NewOrganisation, RegisteredKiosk, ResultFile, Ticket)
        for kind in (*kinds, ViewLink):
            shown = {field.name for field in kind.__attrs_attrs__ if field.repr}
            assert not shown & secret


class TestErrors:
    def test_travel_to_another_process_whole(self) -> None:
        raised = errors.from_problem({"status": 429, "code": "too-fast", "detail": "Slow down."})
        copy = pickle.loads(pickle.dumps(raised))

        assert (type(copy), copy.code, str(copy)) == (type(raised), raised.code, str(raised))

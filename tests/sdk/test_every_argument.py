"""Every argument of the client, of every wrong kind: named in the error, before anything is sent.

Made from the annotations of the face, so that a new parameter is tried without being listed.
"""

import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from inspect import Parameter, iscoroutine, iscoroutinefunction, signature
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, BinaryIO, Literal, Union, get_args, get_origin

import httpx
import pytest

from tests.sdk.test_transport import HOST, KEY, Wire
from tifo_client import DeviceClient, Interaction, Tifo
from tifo_client.devices import Cue
from tifo_client.shapes import ResultFile, SignedReceipt
from tifo_client.streams import AudioStream, FramePacker

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
HALF = ("half \ud83d", ValueError, "has half of a character")
TEXT, LIST = (7, TypeError, "must be text"), [object()]
Wrong = tuple[Any, type[Exception], str]
WRONG: dict[Any, list[Wrong]] = {
    str: [TEXT, (b"x", TypeError, "must be text"), HALF],
    bool: [(1, TypeError, "must be True or False"), ("yes", TypeError, "True or False")],
    int: [
        (True, TypeError, "must be a whole number"),
        (1.5, TypeError, "must be a whole number"),
        ("7", TypeError, "must be a whole number"),
        (10**5000, ValueError, "must be a finite number"),
    ],
    float: [
        ("7", TypeError, "must be a number"),
        (True, TypeError, "must be a number"),
        (math.nan, ValueError, "must be a finite number"),
    ],
    datetime: [
        ("2026-11-29T12:00:00Z", TypeError, "must be a datetime"),
        (NOW.date(), TypeError, "must be a datetime"),
        (NOW.timestamp(), TypeError, "must be a datetime"),
        (NOW.replace(tzinfo=None), ValueError, "has no time zone"),
    ],
    timedelta: [(60, TypeError, "must be a timedelta")],
    Path: [(7, TypeError, "a path"), ([], TypeError, "a path"), HALF],
    BinaryIO: [(io.StringIO("text"), TypeError, "an open binary file")],
    bytes: [(7, TypeError, "must be bytes"), ([], TypeError, "must be bytes")],
    Literal: [TEXT, HALF],
    Mapping: [
        ([("a", 1)], TypeError, "must be a mapping"),
        ({7: 1}, TypeError, "a name in it, must be text"),
        ({"a": object()}, TypeError, r"\['a'\] must be"),
        ({"a": math.inf}, (ValueError, TypeError), r"\['a'\] must be"),  # type: ignore[list-item]
    ],
    Sequence: [
        (LIST, TypeError, r"\[0\] must be"),
        ({*LIST}, TypeError, r"\[0\] must be"),
        (7, TypeError, "must be a list"),
    ],
    Callable: [(7, TypeError, "must be a function")],
    ResultFile: [({"url": "/v1/files/1"}, TypeError, "must be ResultFile")],
    Cue: [("cue_1", TypeError, "must be Cue")],
    SignedReceipt: [({"receipt": {}}, TypeError, "must be SignedReceipt")],
}
RIGHT: dict[Any, Any] = {
    str: "x", int: 1, float: 1.0, datetime: NOW, Path: "x", Literal: "led", Sequence: [],
    bytes: b"", bool: True, ResultFile: ResultFile.__new__(ResultFile),
    SignedReceipt: SignedReceipt.__new__(SignedReceipt),
    Cue: Cue("cue_1", "led", {}, None, NOW, NOW),
}  # fmt: skip


def verbs() -> Iterator[Callable[..., Any]]:
    """Every verb of every noun, and what sockets are told."""
    for annotation in Tifo.__annotations__.values():
        module, name = annotation.split(".")
        kind = getattr(import_module(f"tifo_client.resources.{module}"), name)
        yield from (verb for name, verb in vars(kind).items() if not name.startswith("_"))
    yield from (FramePacker.pack, AudioStream.send, AudioStream.play)
    yield from (DeviceClient.acknowledge, DeviceClient.report)


def kinds_of(annotation: Any) -> list[Any]:
    """The rows of `WRONG` for it."""
    union = get_origin(annotation) in {Union, UnionType}
    kinds = [get_origin(each) or each for each in get_args(annotation) if each is not type(None)]
    kinds = kinds if union else [get_origin(annotation) or annotation]
    if Path in kinds:
        return [Path, BinaryIO] if BinaryIO in kinds else [Path]
    alike = {Iterable: Sequence, Annotated: float}
    return [alike.get(each, each) for each in kinds]


def parameters(verb: Callable[..., Any]) -> list[Parameter]:
    return [each for name, each in signature(verb).parameters.items() if name != "self"]


async def _done(answer: Any) -> None:
    if iscoroutine(answer):
        await answer


def _word(kind: Any) -> str:
    return str(getattr(kind, "__name__", kind))


ARGUMENTS = [
    pytest.param(
        verb, parameter, wrong, id=f"{verb.__qualname__}-{parameter.name}-{_word(kind)}-{at}"
    )
    for verb in verbs()
    for parameter in parameters(verb)
    for kind in kinds_of(parameter.annotation)
    for at, wrong in enumerate(WRONG[kind])
]


class TestEveryArgument:
    @pytest.mark.parametrize(("verb", "parameter", "wrong"), ARGUMENTS)
    async def test_of_a_wrong_kind_is_named(
        self, verb: Callable[..., Any], parameter: Parameter, wrong: Wrong
    ) -> None:
        value, error, said = wrong
        given = {
            each.name: RIGHT[kinds_of(each.annotation)[0]]
            for each in parameters(verb)
            if each.default is each.empty and each.kind is not each.VAR_KEYWORD
        }
        name = "npu_load" if parameter.kind is parameter.VAR_KEYWORD else parameter.name
        with pytest.raises(error, match=said) as caught:
            await _done(verb(None, **given | {name: value}))  # going on needs a client
        assert str(caught.value).startswith(name)

    def test_that_is_missing_is_told_in_python_s_own_words(self) -> None:
        create: Any = {verb.__qualname__: verb for verb in verbs()}["SessionsResource.create"]
        with pytest.raises(TypeError, match=r"create\(\) missing 1 required.*'ends_at'"):
            create(None, "Derby", ["north"])


class TestAnInteraction:
    @pytest.mark.parametrize(
        ("member", "value", "said"),
        [
            ("at", "2026-11-29T12:00:00Z", "interactions[1].at must be a datetime"),
            ("at", NOW.replace(tzinfo=None), "interactions[1].at has no time zone"),
            ("end_user", 7, "interactions[1].end_user must be text"),
            ("value", "80", "interactions[1].value must be a number"),
            ("track", HALF[0], "interactions[1].track has half of a character"),
        ],
    )
    def test_is_looked_into(self, member: str, value: Any, said: str) -> None:
        wire = Wire([httpx.Response(500)])
        right = {"id": "1", "end_user": "fan-1", "kind": "cheer", "value": 80.0, "at": NOW}
        cheers: Any = [Interaction(**each) for each in (right, right | {member: value})]  # type: ignore[arg-type]
        tifo = Tifo(KEY, HOST, network=wire.transport())
        with tifo, pytest.raises((TypeError, ValueError)) as caught:
            tifo.interactions.record(cheers)
        assert str(caught.value).startswith(said)
        assert wire.requests == []


class TestOthers:
    def test_of_the_client_itself(self) -> None:
        wrong: Any = "5"
        with pytest.raises(TypeError, match="patience_s must be a number"):
            Tifo(KEY, HOST, patience_s=wrong)
        for name, email in ((7, "dev@derby.example"), ("Derby", None)):
            with pytest.raises(TypeError, match="must be text"):
                Tifo.sign_up(name, email, HOST)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("given", "error", "said"),
        [
            ({"timeout": "x"}, TypeError, "timeout must be a number or Timeout, not str"),
            ({"timeout": True}, TypeError, "timeout must be a number or Timeout, not bool"),
            ({"timeout": (5, 60)}, TypeError, "timeout must be a number or Timeout, not tuple"),
            ({"timeout": math.nan}, ValueError, "timeout must be a finite number"),
            ({"timeout": math.inf}, ValueError, "timeout must be a finite number"),
            ({"timeout": -1}, ValueError, "timeout must lie over 0"),
            ({"timeout": 0}, ValueError, "timeout must lie over 0"),
            ({"timeout": 1e300}, ValueError, "timeout must lie over 0 and not over 1,000,000"),
            ({"timeout": httpx.Timeout("x")}, TypeError, "timeout.connect must be a number"),  # type: ignore[arg-type]
            ({"timeout": httpx.Timeout(5, read=-1)}, ValueError, "timeout.read must lie over 0"),
            ({"patience_s": -5}, ValueError, "patience_s must not be under 0"),
            ({"patience_s": -math.inf}, ValueError, "patience_s must"),
            ({"patience_s": True}, TypeError, "patience_s must be a number"),
        ],
        ids=str,
    )
    def test_that_say_how_long_to_wait(self, given: Any, error: type[Exception], said: str) -> None:
        with pytest.raises(error) as caught:
            Tifo(KEY, HOST, **given)
        assert str(caught.value).startswith(said)

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            (7, dict.fromkeys(("connect", "read", "write", "pool"), 7)),
            (None, dict.fromkeys(("connect", "read", "write", "pool"))),
            (
                httpx.Timeout(9.5, connect=None),
                {"connect": None, "read": 9.5, "write": 9.5, "pool": 9.5},
            ),
        ],
        ids=str,
    )
    def test_that_say_so_rightly_reach_every_request(self, given: Any, told: Any) -> None:
        wire = Wire([httpx.Response(500)])
        tifo = Tifo(KEY, HOST, timeout=given, network=wire.transport())
        with tifo, pytest.raises(Exception, match="500"):
            tifo.jobs.get("job_1")
        assert wire.requests[0].extensions["timeout"] == told

    def test_that_is_a_file_which_is_not_there(self, tmp_path: Path) -> None:
        with Tifo(KEY, HOST, network=Wire([]).transport()) as tifo:
            for use in (tifo.clips.create, tifo.tracks.create, tifo.models.check):
                with pytest.raises(FileNotFoundError, match="cheer"):
                    use(tmp_path / "cheer.flac")

    def test_that_is_a_file_of_a_name_in_no_character_set(self, tmp_path: Path) -> None:
        odd = tmp_path / "cheer\udcff.flac"
        odd.write_bytes(b"fLaC")
        wire = Wire([httpx.Response(500)] * 2)
        with Tifo(KEY, HOST, network=wire.transport()) as tifo:
            for use in (tifo.clips.create, tifo.models.check):
                with pytest.raises(Exception, match="500"):
                    use(odd)
        assert all(b'filename="cheer?.flac"' in each.content for each in wire.requests)

    def test_that_wait_for_ever_are_no_mistake(self) -> None:
        job = {"id": "job_1", "state": "succeeded"}
        wire = Wire([httpx.Response(500, json=job)])
        tifo = Tifo(KEY, HOST, network=wire.transport(), patience_s=math.inf)
        with tifo, pytest.raises(Exception, match="500"):
            tifo.jobs.wait("job_1", timeout=math.inf)

    def test_that_are_no_method_and_path(self) -> None:
        wire = Wire([])
        with Tifo(KEY, HOST, network=wire.transport()) as tifo:
            for operation in (
                "GET /v1/usage\n",
                "G\0T /v1",
                "GÉT /v1/usage",
                "GET  /v1",
                "GET /a b",
            ):
                with pytest.raises(ValueError, match="a method and a path"):
                    tifo.limits.rehearse(operation)

    def test_leave_what_is_awaited_a_coroutine_function(self) -> None:
        assert iscoroutinefunction(AudioStream.send)
        assert iscoroutinefunction(AudioStream.play)
        assert not iscoroutinefunction(FramePacker.pack)

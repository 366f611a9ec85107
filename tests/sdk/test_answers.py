"""Whatever comes back for a call: what the caller wanted, or a TifoError. Never anything else.

The answers are those of the real API, to every call of the face, with something changed in them.
"""

import copy
import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from apps.avsync import tasks as avsync  # noqa: F401  (registers the handler)
from apps.live_audio_feedback.rules.frames import Stamp
from apps.live_audio_feedback.rules.sequence import Fate
from apps.live_audio_feedback.streams import messages
from apps.live_room import tasks as live_room  # noqa: F401
from sdks.generate import PACKAGE
from tests.conftest import Tenant, slow_rate
from tests.sdk.conftest import HOST, network
from tests.sdk.every_call import Call, visit
from tests.sdk.test_generated import FOR_SCANNERS
from tests.sdk.test_transport import JOB, KEY, Wire, problem
from tifo_client import Tifo, TifoError, errors
from tifo_client.shapes import Job

LATER = "of-a-later-server"
WRONG: list[Any] = [None, 0, -1.5, True, "", LATER, "2026-99-99", [], [LATER], {}, {LATER: [1]}]
STAMP = Stamp(seq=49, t_us=1)
HEARD = messages.heard(
    [Fate.HEARD] * 50,
    2,
    messages.score(STAMP, 61.5, {"level": 0.5}, 60.0, dropped=0, scorer="ramps-1"),
    [messages.dropping(2)],
)
PAGE = "<html><h1>502 Bad Gateway</h1><hr>nginx</html>"


@dataclass(frozen=True)
class Answered:
    """A call, and what the real API answered to it."""

    call: Call
    operation: str
    status: int
    headers: dict[str, str]
    body: bytes


class Recorder(httpx.BaseTransport):
    """The real API's last request, and its answer."""

    def __init__(self) -> None:
        self._api = network()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.request, self.response = request, self._api.handle_request(request)
        if request.url.path.endswith("/frames"):  # are heard by the process that holds sockets
            ids = {"X-Request-Id": self.response.headers["X-Request-Id"]}
            self.response = httpx.Response(202, headers=ids, json=HEARD)
        self.response.read()
        return self.response


class Replay(httpx.BaseTransport):
    """Gives one answer to whatever is asked."""

    def __init__(self) -> None:
        self.answer = httpx.Response(500)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            self.answer.status_code, headers=self.answer.headers, stream=self.answer.stream
        )


@pytest.fixture(scope="module")
def heard() -> list[Answered]:
    """What was answered, once it was asked for."""
    return []


@pytest.fixture
def answered(heard: list[Answered], request: pytest.FixtureRequest) -> list[Answered]:
    """Every call of the face, answered by the real API: once, for answers are not used up."""
    if not heard:
        heard += request.getfixturevalue("asked")
    return heard


@pytest.fixture
def asked(
    connections_stay: None, stripe: None, tenant: Tenant, clapping: io.BytesIO, tmp_path: Path
) -> list[Answered]:
    slow_rate(tenant, "requests", burst=1_000)
    slow_rate(tenant, "effects", burst=10)
    recorder, found = Recorder(), []
    calls = visit(tenant.live_key, clapping, tmp_path)
    call = next(calls)
    while True:
        with Tifo(call.key, HOST, network=recorder) as tifo:
            result = call.use(tifo)
        response = recorder.response
        headers = {
            name: response.headers[name]
            for name in ("content-type", "x-request-id")
            if name in response.headers
        }
        found.append(
            Answered(
                call, operation(recorder.request), response.status_code, headers, response.content
            )
        )
        try:
            call = calls.send(result)
        except StopIteration:
            return found


def operation(request: httpx.Request) -> str:
    """The name of the generated module that sends such a request."""
    for name, method, path in OPERATIONS:
        if method == request.method and path.fullmatch(request.url.path):
            return name
    raise AssertionError(request.url)


def _operations() -> Iterator[tuple[str, str, re.Pattern[str]]]:
    for module in sorted((PACKAGE / "_gen" / "api").rglob("[a-z]*.py")):
        text = module.read_text()
        [(method, path)] = re.findall(r'"method": "(\w+)",\s+"url": "([^"]+)"', text)
        yield module.stem, method.upper(), re.compile(re.sub(r"\{\w+\}", "[^/]+", path))


OPERATIONS = sorted(_operations(), key=lambda each: each[2].pattern.count("[^/]+"))


def changed(document: Any) -> Iterator[Any]:
    """Copies of the document, each with one thing other than it was."""
    for turn, path in enumerate(paths(document)):
        for wrong in WRONG if len(path) <= 1 else [WRONG[turn % len(WRONG)], LATER]:
            yield put(document, path, wrong)
        if path:
            yield put(document, path, ..., drop=True)
        if isinstance(at(document, path), dict):
            yield put(document, (*path, LATER), {"new": [1]})


def paths(document: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of the document; of a list its first item stands for all."""
    yield here
    if isinstance(document, dict):
        for name, value in document.items():
            yield from paths(value, (*here, name))
    elif isinstance(document, list) and document:
        yield from paths(document[0], (*here, 0))


def at(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


def put(document: Any, path: tuple[Any, ...], value: Any, *, drop: bool = False) -> Any:
    if not path:
        return value
    step, *rest = path
    made = copy.copy(document)  # what lies beside the path is never changed
    if drop and not rest:
        del made[step]
    else:
        made[step] = put(document[step] if rest else None, tuple(rest), value, drop=drop)
    return made


def play(answered: Answered, tifo: Tifo) -> TifoError | None:
    """The TifoError that the call raises, if it does; nothing else may come."""
    try:
        repr(answered.call.use(tifo))
    except TifoError as error:
        return error
    return None


@pytest.mark.django_db
class TestEveryAnswer:
    def test_that_is_changed_in_one_place_gives_a_result_or_a_tifo_error(
        self, answered: list[Answered], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.WARNING, "httpx")  # it would log every one of them
        results = refusals = 0
        for each in answered:
            if not each.headers.get("content-type", "").startswith("application/json"):
                continue
            replay = Replay()
            with Tifo(each.call.key, HOST, network=replay) as tifo:
                for document in changed(json.loads(each.body)):
                    replay.answer = httpx.Response(each.status, headers=each.headers, json=document)
                    error = play(each, tifo)
                    assert error is None or names(error, each)
                    results, refusals = results + (error is None), refusals + (error is not None)
        assert results > 1000
        assert refusals > 1000

    def test_was_asked_for_by_every_operation(self, answered: list[Answered]) -> None:
        assert {each.operation for each in answered} == {
            name for name, _, _ in OPERATIONS
        } - FOR_SCANNERS

    def test_that_is_no_answer_gives_a_tifo_error(self, answered: list[Answered]) -> None:
        for each in answered:
            replay = Replay()
            with Tifo(each.call.key, HOST, network=replay) as tifo:
                for answer in no_answers(each):
                    replay.answer = answer
                    error = play(each, tifo)
                    assert error is not None, (each.operation, answer)
                    assert names(error, each)


def names(error: TifoError, answered: Answered) -> bool:
    """Whether the error says of which answer it speaks, unless it speaks of a job."""
    if isinstance(error, errors.JobFailed | errors.JobCancelled | errors.WaitedTooLong):
        return True
    request_id = answered.headers.get("x-request-id", "")
    return (error.status, error.request_id) == (answered.status, request_id)


# Bodies that nothing but their length is known of.
OF_ANY_TYPE = {"download_file", "read_invoice", "read_statement"}


def no_answers(each: Answered) -> Iterator[httpx.Response]:
    """What a proxy, or a broken line, makes of an answer."""
    ids = {"X-Request-Id": each.headers["x-request-id"]} if "x-request-id" in each.headers else {}
    json_type = ids | {"Content-Type": "application/json"}
    yield httpx.Response(
        each.status, headers=json_type | {"Content-Encoding": "gzip"}, stream=Bytes(b"garbage")
    )
    yield httpx.Response(each.status, headers=ids, stream=Torn(each.body[: len(each.body) // 2]))
    if each.status != httpx.codes.NO_CONTENT and each.operation not in OF_ANY_TYPE:
        yield httpx.Response(each.status, headers=ids, content=each.body[: len(each.body) // 2])
        yield httpx.Response(each.status, headers=json_type, content=b"")
        yield httpx.Response(each.status, headers=json_type, content=b"\xff\xfe\x00{")
        yield httpx.Response(each.status, headers=json_type, content=b"[" * 100_000)
        yield httpx.Response(each.status, headers=ids | {"Content-Type": "text/html"}, text=PAGE)
        yield httpx.Response(each.status, headers=json_type, json=[each.body.decode()])


class Bytes(httpx.SyncByteStream):
    """A body as it came over the line, before it is decoded."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        yield self._body


class Torn(Bytes):
    def __iter__(self) -> Iterator[bytes]:
        yield self._body
        raise httpx.ReadTimeout("timed out")


def get(answer: httpx.Response) -> Job:
    with Tifo(KEY, HOST, network=Wire([answer] * 3).transport()) as tifo:
        return tifo.jobs.get("job_1")


def refusal(answer: httpx.Response) -> TifoError:
    with pytest.raises(TifoError) as caught:
        get(answer)
    return caught.value


class TestWords:
    """A later server knows words, members and kinds of its own; an older one lacks some."""

    def test_of_a_later_server_pass_as_they_are(self) -> None:
        page = {
            "data": [JOB | {"state": "paused"}, JOB | {"accelerator": "tpu"}],
            "next_cursor": None,
        }
        with Tifo(KEY, HOST, network=Wire([httpx.Response(200, json=page)]).transport()) as tifo:
            assert [(job.state, job.accelerator) for job in tifo.jobs.list()] == [
                ("paused", "cpu"),
                ("succeeded", "tpu"),
            ]

    def test_that_are_no_words_are_refused(self) -> None:
        assert refusal(httpx.Response(200, json=JOB | {"state": 5})).code == "unexpected-answer"

    def test_unknown_members_are_kept_aside(self) -> None:
        job = get(httpx.Response(200, json=JOB | {"colour": "#a50044"}))
        assert job.additional_properties == {"colour": "#a50044"}

    @pytest.mark.parametrize("name", ["ran_on", "error", "finished_at"])
    def test_what_may_be_null_may_be_missing(self, name: str) -> None:
        told = {member: value for member, value in JOB.items() if member != name}
        assert getattr(get(httpx.Response(200, json=told)), name) is None

    def test_what_is_missing_is_named(self) -> None:
        told = {member: value for member, value in JOB.items() if member != "state"}
        assert "has no 'state'" in str(refusal(httpx.Response(200, json=told)))


class TestProxies:
    @pytest.mark.parametrize("status", [302, 404, 413, 429, 502, 504, 599, 218, 203])
    @pytest.mark.parametrize(
        "body", [PAGE, "", "[]", "null", '{"message": "no upstream"}', "[" * 50_000]
    )
    def test_are_told_by_status_and_request_id(self, status: int, body: str) -> None:
        told = refusal(httpx.Response(status, headers={"X-Request-Id": "req_7"}, text=body))

        assert (told.status, told.code, told.request_id) == (status, "unexpected-answer", "req_7")
        assert str(status) in str(told)

    def test_that_lead_elsewhere_are_not_followed(self) -> None:
        target = "https://someone:hunter2@api.example/v1/jobs/job_1?token=hunter2"
        wire = Wire([httpx.Response(301, headers={"Location": target})])

        with Tifo(KEY, HOST, network=wire.transport()) as tifo, pytest.raises(TifoError) as caught:
            tifo.jobs.get("job_1")
        assert "to https://api.example: is base_url right?" in str(caught.value)
        assert "hunter2" not in str(caught.value)
        assert len(wire.requests) == 1

    def test_that_change_a_status_leave_the_problem_to_speak(self) -> None:
        for status in (200, 502):
            answer = problem(429, "quota-exceeded", policies=[{"retry_after_ms": 40}])
            told = refusal(httpx.Response(status, headers=answer.headers, content=answer.content))

            assert isinstance(told, errors.QuotaExceeded)
            assert (told.status, told.retry_after, told.request_id) == (429, 0.04, "req_1")

    @pytest.mark.parametrize("status", [400, 403, 409, 422, 429])
    def test_that_change_a_problem_leave_a_tifo_error(self, status: int) -> None:
        document = json.loads(
            problem(
                status,
                "a-later-code",
                errors=[{"pointer": "/name", "code": "blank", "detail": "Say it."}],
                policies=[{"name": "effects", "retry_after_ms": 40}],
                **{"violated-policies": ["effects"]},
            ).content
        )
        for each in (each for each in changed(document) if isinstance(each, dict)):
            told = refusal(httpx.Response(status, headers={"X-Request-Id": "req_7"}, json=each))
            assert told.status >= 400
            assert told.request_id in (each.get("request_id"), "req_7")
            assert told.retry_after is None or told.retry_after >= 0
            for name in ("errors", "policies", "violated"):
                assert isinstance(getattr(told, name, []), list)


class TestRetryAfter:
    NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("7", 7.0),
            (format_datetime(NOON + timedelta(seconds=90), usegmt=True), 90.0),
            ("Sunday, 29-Nov-26 12:01:00 GMT", 60.0),
            (format_datetime(NOON - timedelta(days=1), usegmt=True), 0.0),
            ("soon", None),
            ("-1", None),
            ("1e9", None),
            ("9" * 400, None),
            ("Sun, 99 Nov 99999 12:00:00 GMT", None),
            ("", None),
        ],
    )
    def test_is_a_number_or_a_time_by_the_clock_of_the_answer(
        self, header: str, seconds: float | None
    ) -> None:
        date = format_datetime(self.NOON, usegmt=True)
        answer = httpx.Response(500, headers={"Retry-After": header, "Date": date})

        assert errors.from_response(answer).retry_after == seconds

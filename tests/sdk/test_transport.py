"""How the client travels: repeated when it is safe, honest about limits, one effect a call."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx
import pytest

from apps.live_audio_feedback.rules.frames import read_stamp, split
from apps.live_audio_feedback.rules.sequence import Fate
from apps.live_audio_feedback.streams import messages
from tenants.rules import build_token
from tifo_client import Tifo, TifoError, errors
from tifo_client.streams import FramePacker
from tifo_client.transport import Retrying

Answer = httpx.Response | Exception
HOST = "http://tifo.example"
KEY = build_token("0" * 30, livemode=True)
JOB: dict[str, Any] = {
    "id": "job_1", "kind": "live_room.render", "state": "succeeded", "waiting": None,
    "queue": "cloud.cpu.batch", "accelerator": "cpu", "accelerator_required": False,
    "ran_on": {"machine": "stand", "accelerator": "cpu", "provider": "numpy"},
    "priority": "normal", "deadline_at": None, "metadata": {},
    "progress": 1.0, "attempt": 1, "attempts_most": 3, "livemode": True,
    "cost": {"cpu_ms": 40, "gpu_ms": 0, "npu_ms": 0, "shared_by": 1, "meters": {"effects": "1"}},
    "result": None, "error": None, "files": [], "results_end_at": None,
    "created_at": "2026-11-21T12:00:00Z",
    "started_at": None, "cancel_requested_at": None, "finished_at": None,
    "links": {
        "self": "/v1/jobs/job_1", "cancel": "/v1/jobs/job_1/cancel",
        "events": "/v1/jobs/job_1/events",
    },
}  # fmt: skip


def problem(status: int, code: str, **facts: Any) -> httpx.Response:
    document = {"type": "", "title": code, "status": status, "detail": code, "code": code}
    headers = {"Content-Type": "application/problem+json"}
    headers |= {"Retry-After": facts.pop("header")} if "header" in facts else {}
    body = document | {"request_id": "req_1"} | facts
    return httpx.Response(status, json=body, headers=headers)


def limited(*waits_ms: int | None) -> httpx.Response:
    policies = [{"name": "effects", "retry_after_ms": wait_ms} for wait_ms in waits_ms]
    return problem(429, "quota-exceeded", header="2", policies=policies)


class Wire:
    """A network that gives these answers in turn, and keeps what it was asked."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = iter(answers)
        self.requests: list[httpx.Request] = []
        self.waits_s: list[float] = []

    def transport(self, patience_s: float = 0.0) -> Retrying:
        return Retrying(
            httpx.MockTransport(self._answer),
            patience_s=patience_s,
            sleep=self.waits_s.append,
            draw=lambda: 1.0,
        )

    def get(self, patience_s: float = 0.0) -> httpx.Response:
        return self.transport(patience_s).handle_request(httpx.Request("GET", HOST))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


class TestRetrying:
    @pytest.mark.parametrize(
        "passing",
        [
            httpx.ConnectError("refused"),
            httpx.ConnectTimeout("slow"),
            httpx.ReadError("reset"),
            httpx.RemoteProtocolError("closed"),
            problem(503, "temporary-reduced-capacity"),
            problem(409, "idempotency-in-flight"),
        ],
    )
    def test_repeats_what_passes_with_growing_waits(self, passing: Answer) -> None:
        wire = Wire([passing, passing, httpx.Response(200)])

        assert wire.get().status_code == 200
        assert wire.waits_s == [0.25, 0.5]

    def test_waits_as_long_as_a_503_says(self) -> None:
        wire = Wire([problem(503, "temporary-reduced-capacity", header="2"), httpx.Response(200)])

        assert wire.get().status_code == 200
        assert wire.waits_s == [2.0]

    @pytest.mark.parametrize(("patience_s", "waits_s"), [(0, []), (60, [60.0])])
    def test_waits_no_longer_for_a_503_than_seconds_or_its_patience(
        self, patience_s: float, waits_s: list[float]
    ) -> None:
        wire = Wire([problem(503, "maintenance", header="60"), httpx.Response(200)])

        assert wire.get(patience_s).status_code == (200 if waits_s else 503)
        assert wire.waits_s == waits_s

    def test_gives_a_503_back_after_the_second_repetition(self) -> None:
        wire = Wire([problem(503, "temporary-reduced-capacity")] * 4)

        assert wire.get().status_code == 503
        assert len(wire.requests) == 3

    def test_tells_that_nobody_answered_after_the_second_repetition(self) -> None:
        wire = Wire([httpx.ConnectError("refused")] * 4)

        with pytest.raises(errors.ConnectionFailed, match=r"tifo\.example did not answer: refused"):
            wire.get()
        assert len(wire.requests) == 3

    def test_does_not_ask_again_while_the_first_may_still_be_worked_on(self) -> None:
        wire = Wire([httpx.ReadTimeout("slow")])

        with pytest.raises(errors.ConnectionFailed):
            wire.get()
        assert len(wire.requests) == 1

    @pytest.mark.parametrize(
        "final",
        [
            problem(409, "timeline-not-ready", header="1"),
            problem(500, "internal-error"),
            problem(422, "malformed-model"),
        ],
    )
    def test_repeats_nothing_else(self, final: httpx.Response) -> None:
        wire = Wire([final])

        assert wire.get() is final
        assert wire.waits_s == []


class TestPatience:
    def test_is_none_unless_asked_for(self) -> None:
        wire = Wire([limited(1)])

        assert wire.get().status_code == 429
        assert wire.waits_s == []

    def test_waits_to_the_millisecond_and_not_as_the_header_rounds(self) -> None:
        wire = Wire([limited(1234), httpx.Response(200)])

        assert wire.get(patience_s=5).status_code == 200
        assert wire.waits_s == [1.234]

    def test_ends_when_the_waits_add_up(self) -> None:
        wire = Wire([limited(1500), limited(1500), limited(1500)])

        assert wire.get(patience_s=4).status_code == 429
        assert wire.waits_s == [1.5, 1.5]

    def test_never_waits_for_what_no_wait_lets_pass(self) -> None:
        wire = Wire([problem(429, "quota-exceeded", policies=[{"retry_after_ms": None}])])

        assert wire.get(patience_s=60).status_code == 429
        assert wire.waits_s == []


class TestRetryAfter:
    def test_is_that_of_the_slowest_policy(self) -> None:
        assert errors.from_response(limited(40, 1736)).retry_after == 1.736

    def test_falls_back_to_the_header(self) -> None:
        refused = errors.from_response(problem(503, "temporary-reduced-capacity", header="2"))
        assert refused.retry_after == 2.0

    def test_is_none_where_nothing_helps(self) -> None:
        assert errors.from_response(problem(403, "plan-limit-reached")).retry_after is None


@pytest.fixture
def connect() -> Iterator[Callable[[Wire], Tifo]]:
    opened: list[Tifo] = []

    def make(wire: Wire) -> Tifo:
        opened.append(Tifo(KEY, HOST, network=wire.transport()))
        return opened[-1]

    yield make
    for client in opened:
        client.close()


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "code", "kind"),
        [
            (400, "bad-request", errors.BadRequest),
            (400, "invalid", errors.Invalid),
            (401, "revoked-key", errors.Unauthorized),
            (403, "scope-missing", errors.ScopeMissing),
            (403, "outside-window", errors.Forbidden),
            (404, "not-found", errors.NotFound),
            (409, "job-finished", errors.Conflict),
            (422, "model-cap-exceeded", errors.ModelCapExceeded),
            (422, "unreadable-audio", errors.Refused),
            (429, "quota-exceeded", errors.QuotaExceeded),
            (418, "a-later-code", TifoError),
        ],
    )
    def test_are_told_apart_by_code_then_by_status(
        self, connect: Callable[[Wire], Tifo], status: int, code: str, kind: type[TifoError]
    ) -> None:
        tifo = connect(Wire([problem(status, code, needed=3)]))

        with pytest.raises(TifoError) as caught:
            tifo.jobs.get("job_1")
        error = caught.value
        assert type(error) is kind
        assert (error.code, error.status, error.request_id) == (code, status, "req_1")
        assert error.problem["needed"] == 3

    @pytest.mark.parametrize("status", [502, 429])
    def test_of_a_proxy_in_front_have_no_problem_to_read(
        self, connect: Callable[[Wire], Tifo], status: int
    ) -> None:
        tifo = connect(Wire([httpx.Response(status, text="<html>Bad Gateway</html>")]))

        with pytest.raises(TifoError) as caught:
            tifo.jobs.get("job_1")
        assert (caught.value.status, caught.value.code) == (status, "unexpected-answer")

    def test_never_show_the_key(self, connect: Callable[[Wire], Tifo]) -> None:
        tifo = connect(Wire([problem(401, "invalid-key")]))

        with pytest.raises(errors.Unauthorized) as caught:
            tifo.jobs.get("job_1")
        assert KEY not in f"{caught.value!r} {tifo.sessions.stream('s', 'north')!r}"


class TestIdempotency:
    def test_gives_one_key_to_a_call_however_often_it_travels(
        self, connect: Callable[[Wire], Tifo]
    ) -> None:
        wire = Wire([httpx.ReadError("reset"), problem(503, "x"), httpx.Response(200, json=JOB)])

        connect(wire).jobs.cancel("job_1")
        keys = {request.headers["Idempotency-Key"] for request in wire.requests}
        assert len(wire.requests) == 3
        assert len(keys) == 1

    def test_gives_each_call_its_own(self, connect: Callable[[Wire], Tifo]) -> None:
        wire = Wire([httpx.Response(200, json=JOB), httpx.Response(200, json=JOB)])
        tifo = connect(wire)

        tifo.jobs.cancel("job_1")
        tifo.jobs.cancel("job_1")
        assert len({request.headers["Idempotency-Key"] for request in wire.requests}) == 2

    def test_needs_no_key_where_a_repetition_does_nothing(
        self, connect: Callable[[Wire], Tifo]
    ) -> None:
        heard = messages.heard([Fate.HEARD] * 50, 0, None, [])
        wire = Wire(
            [
                httpx.Response(202, json={"accepted": 1}),
                httpx.ReadError("reset"),
                httpx.Response(202, json=heard),
            ]
        )
        tifo, packer = connect(wire), FramePacker()

        tifo.usage.report(["fan-1"])
        assert packer.pack(bytes(639)) == []
        assert tifo.sessions.send("ses_1", "north", packer.pack(bytes(50 * 640))).accepted == 50
        assert not [r for r in wire.requests if "Idempotency-Key" in r.headers]
        first, again = wire.requests[1:]
        assert first.url.path == "/v1/sessions/ses_1/frames"
        assert dict(first.url.params) == {"zone": "north"}
        assert first.headers["Content-Type"] == "application/octet-stream"
        assert first.content == again.content
        assert [read_stamp(each)[0] for each in split(again.content)] == [*range(50)]

    def test_leaves_reading_alone(self, connect: Callable[[Wire], Tifo]) -> None:
        wire = Wire([httpx.Response(200, json=JOB)])

        connect(wire).jobs.get("job_1")
        assert "Idempotency-Key" not in wire.requests[0].headers
        assert wire.requests[0].headers["Authorization"] == f"Bearer {KEY}"


class TestPages:
    def test_are_fetched_as_their_rows_are_asked_for(self, connect: Callable[[Wire], Tifo]) -> None:
        first = {"data": [JOB, JOB | {"id": "job_2"}], "next_cursor": "job_2"}
        last = {"data": [JOB | {"id": "job_3"}], "next_cursor": None}
        wire = Wire([httpx.Response(200, json=first), httpx.Response(200, json=last)])

        rows = connect(wire).jobs.list(state="succeeded")
        assert wire.requests == []
        assert [next(rows).id, next(rows).id] == ["job_1", "job_2"]
        assert len(wire.requests) == 1
        assert [job.id for job in rows] == ["job_3"]
        assert dict(wire.requests[1].url.params) == {"state": "succeeded", "cursor": "job_2"}

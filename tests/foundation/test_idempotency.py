"""One effect per key: replayed after, refused during, and gone with its transaction."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection

from foundation.errors import BadRequest
from foundation.http import idempotency
from foundation.http.idempotency import Answer, InFlight, KeyReused, Request, read_key, run_once
from foundation.models import IdempotencyRecord

ASKED = Request("org_a", "/v1/things", "key", "fingerprint")
CREATED = Answer(201, b'{"id": 1}', "application/json")


class TestReadKey:
    @pytest.mark.parametrize(("header", "key"), [("abc", "abc"), ('"abc"', "abc"), (" a ", "a")])
    def test_takes_a_string_quoted_or_bare(self, header: str, key: str) -> None:
        assert read_key(header) == key

    @pytest.mark.parametrize(
        "header", ["", " ", '"', '""', '"abc', "x" * 256, "a\x00b", "a\tb", "é"]
    )
    def test_refuses_what_is_no_key(self, header: str) -> None:
        with pytest.raises(BadRequest):
            read_key(header)


@pytest.mark.django_db
class TestRunOnce:
    def test_acts_once_and_replays(self, moment: datetime) -> None:
        acts = []

        def act() -> Answer:
            acts.append(1)
            return CREATED

        assert run_once(ASKED, act, now=moment) == (CREATED, False)
        assert run_once(ASKED, act, now=moment) == (CREATED, True)
        assert len(acts) == 1

    def test_refuses_the_key_for_another_payload(self, moment: datetime) -> None:
        run_once(ASKED, lambda: CREATED, now=moment)
        with pytest.raises(KeyReused):
            run_once(replace(ASKED, fingerprint="other"), lambda: CREATED, now=moment)

    def test_forgets_after_a_day(self, moment: datetime) -> None:
        run_once(ASKED, lambda: CREATED, now=moment)
        later = moment + idempotency.KEPT + timedelta(seconds=1)
        assert run_once(ASKED, lambda: CREATED, now=later) == (CREATED, False)
        assert idempotency.forget_expired(now=later + idempotency.KEPT) == 1

    def test_keeps_nothing_of_a_refusal(self, moment: datetime) -> None:
        refused = Answer(400, b"{}", "application/problem+json")

        def act() -> Answer:
            IdempotencyRecord.objects.create(
                organisation_id="written by the view", route="/", key="", fingerprint="",
                status=200, body=b"", content_type="", created_at=moment,
            )  # fmt: skip
            return refused

        assert run_once(ASKED, act, now=moment) == (refused, False)
        assert not IdempotencyRecord.objects.exists()

    def test_separates_organisations_and_routes(self, moment: datetime) -> None:
        run_once(ASKED, lambda: CREATED, now=moment)
        for other in (replace(ASKED, organisation_id="org_b"), replace(ASKED, route="/v1/b")):
            assert run_once(other, lambda: CREATED, now=moment) == (CREATED, False)


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_tells_the_second_that_the_first_is_in_flight(self, moment: datetime) -> None:
        inside, release = threading.Event(), threading.Event()

        def slow() -> Answer:
            inside.set()
            assert release.wait(10)
            return CREATED

        def first() -> None:
            run_once(ASKED, slow, now=moment)
            connection.close()

        thread = threading.Thread(target=first)
        thread.start()
        assert inside.wait(10)
        try:
            with pytest.raises(InFlight) as refused:
                run_once(ASKED, lambda: CREATED, now=moment)
            assert refused.value.headers["Retry-After"] == "1"
        finally:
            release.set()
            thread.join()
        assert run_once(ASKED, lambda: CREATED, now=moment) == (CREATED, True)

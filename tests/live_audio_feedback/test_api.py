from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.rules.rollups import Second, Summary
from apps.live_audio_feedback.services import keep_scores
from foundation.clock import now
from tests.conftest import Api, Tenant
from tests.listening import kept
from tests.live_audio_feedback.conftest import OpenSession

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db
KICK_OFF = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


def wish(**changes: Any) -> dict[str, Any]:
    ends_at = (now() + timedelta(hours=2)).isoformat()
    return {"name": "Derby", "ends_at": ends_at, "zones": ["north", "away-end"]} | changes


class TestCreateSession:
    def test_answers_an_open_session_that_can_be_read_again(
        self, api: Client, tenant: Tenant
    ) -> None:
        made = api(tenant.live_key).post("/v1/sessions", wish())
        assert made.status_code == 201
        body = made.json()
        assert (body["state"], body["livemode"], body["ended_at"]) == ("open", True, None)
        assert body["zones"] == ["north", "away-end"]
        assert api(tenant.live_key).get(f"/v1/sessions/{body['id']}").json() == body

    def test_keeps_what_it_is_told_of_the_event(self, api: Client, tenant: Tenant) -> None:
        told: dict[str, Any] = {
            "event": "derby-2026",
            "zone_map": [{"zone": "away-end", "x": 0.5, "y": 1.0}],
            "consent": {"keep_audio": True, "learn": False, "statement": "Ticket terms, 7"},
        }
        made = api(tenant.live_key).post("/v1/sessions", wish(**told)).json()
        assert {name: made[name] for name in told} == told

    def test_takes_it_for_no_consent_when_nothing_is_said(
        self, api: Client, tenant: Tenant
    ) -> None:
        made = api(tenant.live_key).post("/v1/sessions", wish()).json()
        assert made["consent"] == {"keep_audio": False, "learn": False, "statement": ""}
        assert (made["event"], made["zone_map"]) == ("", [])

    def test_schedules_a_window_to_come(self, api: Client, tenant: Tenant) -> None:
        begins = (now() + timedelta(hours=1)).isoformat()
        made = api(tenant.live_key).post("/v1/sessions", wish(starts_at=begins))
        assert made.json()["state"] == "scheduled"
        assert (made.json()["opened_at"], made.json()["closed_at"]) == (None, None)

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"ends_at": "2026-01-01T00:00:00Z", "starts_at": "2025-12-31T00:00:00Z"}, "/ends_at"),
            ({"starts_at": "2099-01-01T00:00:00Z"}, "/ends_at"),
            ({"zones": []}, "/zones"),
            ({"zones": [f"z{n}" for n in range(65)]}, "/zones"),
            ({"zones": ["north", "north"]}, "/zones/1"),
            ({"zones": ["north", "Süd"]}, "/zones/1"),
            ({"name": ""}, "/name"),
            ({"zone_map": [{"zone": "south", "x": 0, "y": 0}]}, "/zone_map/0/zone"),
            ({"zone_map": [{"zone": "north", "x": 0, "y": 0}] * 2}, "/zone_map/1/zone"),
            ({"zone_map": [{"zone": "north", "x": 0, "y": 1.01}]}, "/zone_map/0/y"),
            ({"zone_map": [{"zone": "north", "x": 0}]}, "/zone_map/0/y"),
            ({"consent": {"keep_audio": "yes"}}, "/consent/keep_audio"),
            ({"consent": {"sell": True}}, "/consent/sell"),
            ({"event": ""}, "/event"),
        ],
    )
    def test_points_at_what_is_wrong(
        self, api: Client, tenant: Tenant, changes: dict[str, Any], pointer: str
    ) -> None:
        refused = api(tenant.live_key).post("/v1/sessions", wish(**changes))
        assert refused.status_code == 400
        assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]

    @pytest.mark.parametrize(
        ("window", "code"),
        [
            ({"ends_at": "2026-01-01T00:00:00Z"}, "in-the-past"),
            (
                {"ends_at": "2026-01-01T00:00:00Z", "starts_at": "2025-01-01T00:00:00Z"},
                "in-the-past",
            ),
            (
                {"ends_at": "2099-01-01T00:00:00Z", "starts_at": "2099-01-01T00:00:00Z"},
                "before-start",
            ),
        ],
    )
    def test_blames_only_what_was_given(
        self, api: Client, tenant: Tenant, window: dict[str, Any], code: str
    ) -> None:
        [error] = api(tenant.live_key).post("/v1/sessions", wish(**window)).json()["errors"]
        assert (error["pointer"], error["code"]) == ("/ends_at", code)
        assert ("starts_at" in error["detail"]) == (code == "before-start")

    def test_answers_a_repeated_wish_once(self, api: Client, tenant: Tenant) -> None:
        client, asked = api(tenant.live_key), wish()
        first, again = (
            client.post("/v1/sessions", asked, **{"Idempotency-Key": "one"}) for _ in range(2)
        )
        assert first.json() == again.json()
        assert LiveSession.objects.count() == 1


class TestSessions:
    def test_are_listed_newest_first_within_their_mode(
        self, api: Client, tenant: Tenant, open_session: OpenSession
    ) -> None:
        first, second = open_session(age_s=2), open_session(age_s=1)
        other = open_session(livemode=False)
        live = api(tenant.live_key).get("/v1/sessions").json()["data"]
        test = api(tenant.test_key).get("/v1/sessions").json()["data"]
        assert [row["id"] for row in live] == [second.pk, first.pk]
        assert [row["id"] for row in test] == [other.pk]

    @pytest.mark.parametrize(
        ("method", "path"), [("get", ""), ("post", "/end"), ("get", "/scores")]
    )
    def test_of_others_are_as_absent_as_none(
        self, api: Client, stranger: Tenant, session: LiveSession, method: str, path: str
    ) -> None:
        client = api(stranger.live_key)
        foreign = getattr(client, method)(f"/v1/sessions/{session.pk}{path}")
        absent = getattr(client, method)(f"/v1/sessions/ses_absent{path}")
        assert foreign.status_code == absent.status_code == 404
        assert foreign.json()["code"] == absent.json()["code"] == "not-found"
        assert session.pk in foreign.json()["detail"]

    def test_end_once_and_for_all(self, api: Client, tenant: Tenant, session: LiveSession) -> None:
        client = api(tenant.live_key)
        ended = client.post(f"/v1/sessions/{session.pk}/end").json()
        again = client.post(f"/v1/sessions/{session.pk}/end").json()
        assert ended["state"] == "closed"
        assert ended["ended_at"] == ended["closed_at"] is not None
        assert ended["opened_at"] == ended["starts_at"]
        assert again == ended
        rows = [(row.type, row.data["state"]) for row in kept(tenant)]
        assert rows == [
            ("session.created", "open"),
            ("session.opened", "open"),
            ("session.ended", "closed"),
            ("session.closed", "closed"),
        ]

    def test_are_told_to_the_outbox_when_they_are_made(self, api: Client, tenant: Tenant) -> None:
        begins = (now() + timedelta(hours=1)).isoformat()
        made = api(tenant.test_key).post("/v1/sessions", wish(starts_at=begins)).json()
        [row] = kept(tenant)
        assert (row.type, row.livemode) == ("session.created", False)
        assert (row.data["session"], row.data["state"]) == (made["id"], "scheduled")


class TestScores:
    @pytest.fixture
    def scored(self, session: LiveSession) -> LiveSession:
        keep_scores(
            rows={
                Second(session.pk, KICK_OFF + timedelta(seconds=s), zone): Summary(10, s, s, s)
                for s in range(3)
                for zone in ("south", "north")
            }
        )
        return session

    def read(self, client: Api, session: LiveSession, query: str = "") -> list[tuple[int, str]]:
        answer = client.get(f"/v1/sessions/{session.pk}/scores{query}")
        assert answer.status_code == 200
        return [(int(row["mean"]), row["zone"]) for row in answer.json()["data"]]

    def test_come_oldest_first(self, api: Client, tenant: Tenant, scored: LiveSession) -> None:
        rows = self.read(api(tenant.live_key), scored)
        assert rows == [(s, zone) for s in range(3) for zone in ("north", "south")]

    @pytest.mark.parametrize(
        ("query", "seconds"),
        [
            ("?zone=north", [0, 1, 2]),
            ("?zone=north&from=2026-11-21T20:00:01Z", [1, 2]),
            ("?zone=north&to=2026-11-21T21:00:02%2B01:00", [0, 1]),
            ("?zone=north&from=2026-11-21T20:00:01Z&to=2026-11-21T20:00:01Z", []),
        ],
    )
    def test_are_narrowed(
        self, api: Client, tenant: Tenant, scored: LiveSession, query: str, seconds: list[int]
    ) -> None:
        rows = self.read(api(tenant.live_key), scored, query)
        assert rows == [(second, "north") for second in seconds]

    def test_go_on_after_a_zone_of_any_name(
        self, api: Client, tenant: Tenant, session: LiveSession
    ) -> None:
        rows = {Second(session.pk, KICK_OFF, zone): Summary(10, 1, 1, 1) for zone in ("A_1", "b")}
        keep_scores(rows=rows)
        path = f"/v1/sessions/{session.pk}/scores?limit=1"
        first = api(tenant.live_key).get(path).json()
        then = api(tenant.live_key).get(f"{path}&cursor={first['next_cursor']}").json()
        assert [row["zone"] for page in (first, then) for row in page["data"]] == ["A_1", "b"]

    def test_go_on_where_the_page_before_ended(
        self, api: Client, tenant: Tenant, scored: LiveSession
    ) -> None:
        seen: list[tuple[str, str]] = []
        cursor = ""
        for _ in range(3):
            answer = (
                api(tenant.live_key).get(f"/v1/sessions/{scored.pk}/scores?limit=2{cursor}").json()
            )
            seen += [(row["second"], row["zone"]) for row in answer["data"]]
            cursor = f"&cursor={answer['next_cursor']}"
        assert answer["next_cursor"] is None
        assert len(set(seen)) == 6
        assert seen == sorted(seen)

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ("?zone=west", "/zone"),
            ("?zone=%00", "/zone"),
            ("?from=yesterday", "/from"),
            ("?to=2026-11-21T20:00:00", "/to"),
            ("?to=2026-13-21T20:00:00Z", "/to"),
            ("?limit=0", "/limit"),
            ("?limit=3601", "/limit"),
            ("?cursor=%00", "/cursor"),
            ("?cursor=1.%00", "/cursor"),
        ],
    )
    def test_refuse_what_they_cannot_read(
        self, api: Client, tenant: Tenant, session: LiveSession, query: str, pointer: str
    ) -> None:
        refused = api(tenant.live_key).get(f"/v1/sessions/{session.pk}/scores{query}")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == pointer

    def test_of_one_second_from_two_processes_become_one_row(self, session: LiveSession) -> None:
        row = Second(session.pk, KICK_OFF, "north")
        keep_scores(rows={row: Summary(1, 10.0, 10.0, 10.0)})
        keep_scores(rows={row: Summary(3, 50.0, 5.0, 70.0)})
        kept = session.seconds.get()
        assert (kept.samples, kept.mean, kept.minimum, kept.maximum) == (4, 40.0, 5.0, 70.0)

    def test_of_a_session_that_is_gone_do_not_hold_up_others(self, session: LiveSession) -> None:
        rows = {
            Second(session_id, KICK_OFF, "north"): Summary.of(50)
            for session_id in ("ses_gone", session.pk)
        }
        keep_scores(rows=rows)
        assert session.seconds.count() == 1

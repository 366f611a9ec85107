"""The flow over REST, as a console and a player use it."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.live_audio_feedback.flow.models import Flow
from apps.live_audio_feedback.models import LiveSession
from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db
TRACKS = [
    {"id": "calm", "features": {"bpm": 90, "energy": 0.1}},
    {
        "id": "anthem",
        "title": "The one they sing",
        "recovery": True,
        "features": {"bpm": 128, "energy": 0.9, "valence": 0.8, "tonic": "A", "mode": "minor"},
    },
]


class Console:
    """The session's flow through one key."""

    def __init__(self, client: Api, session: LiveSession) -> None:
        self.client, self.path = client, f"/v1/sessions/{session.pk}/flow"

    def get(self, path: str = "") -> Any:
        return self.client.get(f"{self.path}{path}")

    def put(self, tracks: Any) -> Any:
        return self.client.put(f"{self.path}/pool", {"tracks": tracks})

    def say(self, action: str, **more: Any) -> Any:
        return self.client.post(f"{self.path}/commands", {"action": action} | more)

    def ask(self) -> Any:
        return self.client.post(f"{self.path}/offers")


@pytest.fixture
def console(api: Client, tenant: Tenant, session: LiveSession) -> Console:
    return Console(api(tenant.live_key), session)


@pytest.fixture
def pooled(console: Console) -> Console:
    assert console.put(TRACKS).status_code == 200
    return console


class TestFlow:
    def test_before_anything_is_off_and_is_no_row(self, console: Console) -> None:
        told = console.get().json()
        assert (told["version"], told["mode"], told["queue"]) == (0, "off", [])
        assert told["settings"]["recovery_below"] == 40
        assert not Flow.objects.exists()

    def test_a_set_from_pool_to_log(self, pooled: Console) -> None:
        pooled.say("mode", mode="suggest")
        offered = pooled.ask().json()
        assert offered["outcome"] == "proposed"
        proposal = offered["flow"]["proposal"]
        assert pooled.ask().json()["outcome"] == "none"
        taken = pooled.say("accept", proposal=proposal["id"]).json()
        assert taken["queue"] == [{"track": proposal["track"], "by": "artist"}]
        playing = pooled.say("skip").json()
        assert playing["playing"]["track"] == proposal["track"]
        assert playing == pooled.get().json()
        lines = pooled.get("/log?limit=3").json()
        assert [each["action"] for each in lines["data"]] == ["pool", "mode", "offer"]
        rest = pooled.get(f"/log?cursor={lines['next_cursor']}").json()
        assert [each["action"] for each in rest["data"]] == ["accept", "skip"]
        assert [each["track"] for each in rest["data"]] == [proposal["track"]] * 2
        assert rest["next_cursor"] is None
        assert rest["data"][0]["key"].startswith("key_")

    def test_keeps_the_pool_as_it_was_given(self, pooled: Console) -> None:
        first, second = pooled.get("/pool").json()["tracks"]
        assert first["features"] == {
            "bpm": 90, "energy": 0.1, "valence": 0.5, "tonic": "", "mode": ""
        }  # fmt: skip
        assert (second["title"], second["recovery"]) == ("The one they sing", True)

    def test_settings_change_alone(self, console: Console) -> None:
        changed = console.client.patch(console.path, {"recovery": "insert", "recovery_below": 45})
        assert changed.status_code == 200
        told = console.get().json()["settings"]
        assert (told["recovery"], told["recovery_below"], told["veto_s"]) == ("insert", 45, 1800)

    def test_a_language_model_is_refused_where_the_operator_has_none(
        self, console: Console, settings: Any
    ) -> None:
        refused = console.client.patch(console.path, {"selector": "llm"})
        [error] = refused.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/selector", "no-language-model")
        settings.FLOW_LLM = ("http://127.0.0.1:1/v1", "toy", "")
        assert console.client.patch(console.path, {"selector": "llm"}).status_code == 200
        assert console.get().json()["settings"]["selector"] == "llm"

    def test_a_veto_tells_its_end(self, pooled: Console) -> None:
        [veto] = pooled.say("veto", track="calm").json()["vetoes"]
        assert veto["track"] == "calm"
        assert veto["ends_at"].endswith("Z")


class TestRefusals:
    @pytest.mark.parametrize(
        ("asked", "status", "code", "pointer"),
        [
            ({"action": "dance"}, 400, "invalid", "/action"),
            ({"action": "pin"}, 400, "invalid", "/track"),
            ({"action": "pin", "track": "none"}, 400, "unknown-track", "/track"),
            ({"action": "pin", "track": "no one"}, 400, "invalid", "/track"),
            ({"action": "pin", "track": "calm", "position": -1}, 400, "invalid", "/position"),
            ({"action": "mode"}, 400, "invalid", "/mode"),
            ({"action": "move", "track": "calm"}, 409, "not-queued", "/track"),
            ({"action": "accept", "proposal": "prp_1"}, 409, "no-such-proposal", "/proposal"),
            ({"action": "panic", "version": 7}, 409, "flow-changed", "/version"),
        ],
    )
    def test_point_at_what_is_wrong(
        self, pooled: Console, asked: dict[str, Any], status: int, code: str, pointer: str
    ) -> None:
        before = pooled.get().json()
        refused = pooled.say(**asked)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
        assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]
        assert pooled.get().json() == before

    @pytest.mark.parametrize(
        ("track", "pointer"),
        [
            ({"id": "calm", "features": {"bpm": 90, "energy": 0}}, "/tracks/1/id"),
            ({"id": "x", "features": {"bpm": 30, "energy": 0}}, "/tracks/1/features/bpm"),
            ({"id": "x", "features": {"bpm": 90, "energy": 1.1}}, "/tracks/1/features/energy"),
            (
                {"id": "x", "features": {"bpm": 90, "energy": 1, "tonic": "C"}},
                "/tracks/1/features/mode",
            ),
            ({"id": "../x", "features": {"bpm": 90, "energy": 1}}, "/tracks/1/id"),
            ({"id": "x"}, "/tracks/1/features"),
        ],
    )
    def test_of_a_pool_change_nothing(
        self, pooled: Console, track: dict[str, Any], pointer: str
    ) -> None:
        refused = pooled.put([TRACKS[0], track])
        assert refused.status_code == 400
        assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]
        assert len(pooled.get("/pool").json()["tracks"]) == 2

    def test_of_another_organisation_are_as_of_none(
        self, api: Client, stranger: Tenant, session: LiveSession
    ) -> None:
        console = Console(api(stranger.live_key), session)
        for answer in (console.get(), console.say("panic"), console.ask(), console.get("/log")):
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")

    def test_of_a_cursor_that_is_none(self, console: Console) -> None:
        assert console.get("/log?cursor=x").json()["errors"][0]["pointer"] == "/cursor"


class TestLearning:
    def test_is_consented_to_and_ended(self, api: Client, tenant: Tenant) -> None:
        client = api(tenant.live_key)
        assert client.get("/v1/flow/learning").json()["across_sessions"] is False
        for wanted in (True, False):
            told = client.put("/v1/flow/learning", {"across_sessions": wanted}).json()
            assert (told["across_sessions"], told["responses"]) == (wanted, 0)
            assert client.get("/v1/flow/learning").json() == told

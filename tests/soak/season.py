"""A season of the soak, played once: all that was sent, killed, closed, invoiced and heard."""

import json
import os
import subprocess
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError

from tests.processes import eventually
from tests.soak import money
from tests.soak.plan import LARGEST, MONTHS, Batch, Plan, Team
from tests.soak.recount import Key, Recount, recount
from tests.soak.sending import Journal, Whose, send_all
from tests.soak.stage import Killer, Platform, Stripe

EVENTS: Final = int(os.environ.get("TIFO_SOAK_EVENTS", "1000000"))
KILLS: Final = 20  # of the platform's processes; who closes a month is killed beside them
PAUSE_S: Final = 4.0 if EVENTS >= 500_000 else 2.0  # between two kills
DONE: Final = {"paid"}


@dataclass
class Season:
    """All that has been done, for the tests that look at it."""

    plan: Plan
    journal: Journal = field(default_factory=Journal)
    keys: dict[Whose, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    closes: dict[int, tuple[float, float]] = field(default_factory=dict)
    rows: dict[str, Any] = field(default_factory=dict)
    exports: dict[str, bytes] = field(default_factory=dict)
    held: list[dict[str, Any]] = field(default_factory=list)
    usage: dict[Whose, dict[Key, Decimal]] = field(default_factory=dict)
    differences: list[Any] = field(default_factory=list)
    took_s: dict[str, int] = field(default_factory=dict)
    _counted: dict[Whose, Recount] = field(default_factory=dict)
    lost: int = 0  # answers that were given, and that nobody has got

    @property
    def kills_of_the_platform(self) -> int:
        return self.kills.total() - self.kills["closer"]

    def counted(self, team: str, *, live: bool = True) -> Recount:
        """The count of an organisation and mode, made again once."""
        whose = team, live
        if whose not in self._counted:
            self._counted[whose] = recount(self.journal, whose)
        return self._counted[whose]

    def told(self) -> str:
        """The numbers."""
        journal, sent_s = self.journal, self.took_s["sent"]
        events = [each for own in journal.events.values() for each in own.values()]
        late = sum(bool(each.late) for each in events)
        return (
            f"{journal.sent:,} events in {journal.calls:,} calls, {journal.sent / sent_s:,.0f} a "
            f"second; {self.plan.duplicates:,} of them again, {self.plan.late:,} of the month "
            f"before, {late:,} after its close; answers {dict(journal.answers)}; tried again "
            f"{dict(journal.retries)}, {self.lost:,} answers were lost; kills {dict(self.kills)}; "
            f"{len(self.rows['invoices'])} invoices; seconds: {self.took_s}"
        )

    def statements(self, team: str) -> list[dict[str, Any]]:
        return [each["content"] for each in json.loads(self.exports[team])["statements"]]


def away_from_the_months_end() -> None:
    """The short form counts by the platform's clock, which is the real one."""
    month = datetime.now(UTC).month
    while (datetime.now(UTC) + timedelta(minutes=15)).month != month == datetime.now(UTC).month:
        time.sleep(5)


class Playing:
    """The season, from the first sign-up to the last invoice."""

    def __init__(self, platform: Platform, stripe: Stripe, folder: Path) -> None:
        self.platform, self.stripe, self.folder = platform, stripe, folder
        self.season = Season(Plan(EVENTS, datetime.now(UTC), seed=9))
        self.killer = Killer(platform.running, PAUSE_S, seed=7)

    def play(self) -> Season:
        season, began = self.season, time.monotonic()
        for team in season.plan.teams:
            self.sign_up(team)
        self.platform.done("set_up", self.asked())
        assert eventually(self.everybody_can_pay, within_s=60)
        self.stripe.misbehave()
        season.took_s["set up"] = round(time.monotonic() - began)
        began = time.monotonic()
        with self.killer.at_work():
            for at in range(MONTHS):
                self.stretch(at)
            season.took_s["sent"] = round(time.monotonic() - began)
            season.kills = self.killer.kills
            while season.kills_of_the_platform < KILLS:
                time.sleep(0.5)
        self.let_the_journal_run_out()
        self.close(MONTHS - 1)
        self.collect()
        season.took_s["until all was paid"] = round(time.monotonic() - began)
        self.read()
        return season

    def sign_up(self, team: Team) -> None:
        body = {"name": team.name, "email": f"{team.name.replace(' ', '')}@soak.example"}
        made = self.ask("POST", "/v1/organisations", body=body)
        self.season.keys[team.name, True] = made["live_key"]
        if team.test_too:
            self.season.keys[team.name, False] = made["test_key"]
        self.season.ids[team.name] = made["id"]
        if team.pays:
            self.pay_by_card(made["live_key"])

    def pay_by_card(self, key: str) -> None:
        url = self.ask("POST", "/v1/billing/setup", key, {"by": "checkout"})["url"]
        sessions = self.stripe.control("objects", kind="checkout.session")
        [session] = [each["id"] for each in sessions if each["url"] == url]
        self.stripe.control("complete_checkout", session=session)

    def asked(self) -> str:
        path = self.folder / "asked.json"
        months = [month.isoformat() for month in self.season.plan.months]
        told = {"months": months, "versions": money.VERSIONS, "contract_prices": money.CONTRACT}
        path.write_text(json.dumps(told))
        return str(path)

    def stretch(self, at: int) -> None:
        """The month's calls; in their middle the month before is closed."""
        batches = self.season.plan.stretch(at)
        before, after = len(batches) // 4, 3 * len(batches) // 4
        self.send(batches[:before])
        closing = self.begin_close(at - 1) if at else []
        self.send(batches[before:after])
        if closing:
            self.end_close(at - 1, closing)
        self.send(batches[after:])

    def everybody_can_pay(self) -> bool:
        paying = [team for team in self.season.plan.teams if team.pays]
        keys = [self.season.keys[team.name, True] for team in paying]
        return all(self.ask("GET", "/v1/billing", key)["payment_method"] for key in keys)

    def send(self, batches: Sequence[Batch]) -> None:
        send_all(batches, self.platform.address, self.season.keys, self.season.journal)

    def begin_close(self, at: int) -> "list[subprocess.Popen[str]]":
        """Two at once, of which one is killed soon: whatever it leaves, the other goes on."""
        after = (self.season.plan.months[at] + timedelta(days=35)).isoformat()
        moment = f"{after}T00:00:00+00:00"
        self.season.closes[at] = (time.monotonic(), 0.0)
        if at == MONTHS - 2:  # is due by the clock as well: the workers do it
            return [self.platform.operate("have_closed") for _ in range(2)]
        closing = [self.platform.operate("close", moment) for _ in range(2)]
        self.killer.kill_later(closing[0])
        return closing

    def end_close(self, at: int, closing: "list[subprocess.Popen[str]]") -> None:
        for each in closing:
            each.communicate(timeout=120)
        self.close(at)

    def close(self, at: int) -> None:
        began, _ = self.season.closes.get(at, (time.monotonic(), 0.0))
        after = (self.season.plan.months[at] + timedelta(days=35)).isoformat()
        self.platform.done("close", f"{after}T00:00:00+00:00")
        self.season.closes[at] = (began, time.monotonic())

    def let_the_journal_run_out(self) -> None:
        """Users who were taken while Postgres was away are on the disk for a second or two."""
        data = self.platform.running.data
        assert eventually(lambda: not list(data.rglob("*.journal")), within_s=30)

    def collect(self) -> None:
        """Stripe is well again, nobody is killed: everything comes to its end."""
        self.stripe.control("heal")
        self.pay_by_card(self.season.keys["Kerb", True])  # who was asked before he could pay
        latest = time.monotonic() + 120
        while True:
            self.platform.done("hurry")
            said = json.loads(self.platform.done("standing"))
            if not said["notes"] and not said["inbox"] and DONE.issuperset(said["invoices"]):
                return
            assert time.monotonic() < latest, said
            time.sleep(5)

    def read(self) -> None:
        self.learn_what_was_lost()
        self.season.differences = json.loads(self.platform.done("reconcile"))
        self.platform.done("write_down", str(self.folder))
        self.season.rows = json.loads((self.folder / "rows.json").read_text())
        for team in self.season.plan.teams:
            path = self.folder / f"{team.name}.export.json"
            self.season.exports[team.name] = path.read_bytes()
        self.season.held = self.stripe.control("objects", kind="invoice")
        for whose, key in self.season.keys.items():
            self.season.usage[whose] = self.usage(key)

    def usage(self, key: str) -> dict[Key, Decimal]:
        """As the API tells it to the organisation."""
        found: dict[Key, Decimal] = {}
        for month in self.season.plan.months:
            said = self.ask("GET", f"/v1/usage?month={month:%Y-%m}&by=day", key)
            for row in said["data"]:
                day, late = date.fromisoformat(row["day"]), Decimal(row["late"])
                meter, both = row["meter"], Decimal(row["quantity"])
                found[day, meter, True] = late
                found[day, meter, False] = both if meter == LARGEST else both - late
        return {key: many for key, many in found.items() if many}

    def learn_what_was_lost(self) -> None:
        """An answer that was lost with its process said whether the event was late."""
        lost: dict[str, list[list[Any]]] = defaultdict(list)
        for (team, live), events in self.season.journal.events.items():
            for each in events.values():
                if each.taken and each.late is None:
                    lost[self.season.ids[team]].append([live, each.told.id])
        path = self.folder / "lost.json"
        path.write_text(json.dumps(lost))
        teams = {pk: name for name, pk in self.season.ids.items()}
        told = json.loads(self.platform.done("latenesses", str(path)))
        for pk, live, event_id, late in told:
            self.season.journal.events[teams[pk], live][event_id].late = late
        self.season.lost = len(told)

    def ask(self, method: str, path: str, key: str = "", body: Any = None) -> Any:
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        sent = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(
            f"{self.platform.address}{path}", sent, headers, method=method
        )
        while True:
            try:
                with urllib.request.urlopen(asked, timeout=60) as answer:
                    return json.load(answer)
            except HTTPError as refused:  # a quick machine asks faster than the tier allows
                if refused.code != 429:
                    raise
                time.sleep(float(refused.headers["Retry-After"]))

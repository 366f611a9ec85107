"""A million events through the real platform while it is being killed: not one too much or too few.

Duplicates, replays, late and unordered events, months that close meanwhile, prices that change,
and a Stripe that fails now and then. What the senders know is counted again without code of ours.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest

from tests.conftest import MEASURED
from tests.soak import money
from tests.soak.plan import LARGEST, SUM
from tests.soak.recount import compare
from tests.soak.season import EVENTS, KILLS, Playing, Season, away_from_the_months_end
from tests.soak.sending import Answered
from tests.soak.stage import Platform, Stripe
from tifo_client.verify.statements import verify

pytestmark = [pytest.mark.soak, pytest.mark.system]

METERS: Final = ("mau", SUM, LARGEST)


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Season]:
    folder = tmp_path_factory.mktemp("soak")
    away_from_the_months_end()
    stripe = Stripe(folder / "stripe.log")
    platform = Platform(folder, stripe)
    try:
        yield Playing(platform, stripe, folder).play()
    finally:
        platform.running.stop()
        stripe.stop()


class TestMoney:  # one class, for all look at one season, which only one process may play
    def test_was_tried_by_what_was_promised(
        self, season: Season, record_property: Callable[[str, object], None]
    ) -> None:
        record_property(MEASURED, season.told())
        assert season.kills_of_the_platform >= KILLS
        assert season.kills.keys() >= {"web", "worker", "postgres", "redis"}
        assert season.journal.sent >= EVENTS
        assert season.plan.duplicates >= 0.2 * season.journal.sent
        assert season.plan.late >= 0.1 * season.journal.sent

    def test_counts_each_event_once(self, season: Season) -> None:
        twice = [
            each.told
            for events in season.journal.events.values()
            for each in events.values()
            if each.accepted > 1
        ]
        assert twice == []

    def test_calls_late_what_came_after_the_close_and_nothing_else(self, season: Season) -> None:
        wrong = [
            each
            for (_, live), events in season.journal.events.items()
            for each in events.values()
            if each.taken and each.late not in self.allowed(season, each, live)
        ]
        assert wrong == []

    def allowed(self, season: Season, each: Answered, live: bool) -> set[bool]:
        month = season.plan.months.index(each.told.time.date().replace(day=1))
        began, ended = season.closes[month]
        if not live or each.last_answered < began:
            return {False}
        return {True} if each.first_sent > ended else {True, False}

    def test_meters_what_was_sent_to_the_unit(self, season: Season) -> None:
        wrong = {
            (team, live): compare(season.counted(team, live=live), season.usage[team, live])
            for team, live in season.keys
        }
        assert {whose: said for whose, said in wrong.items() if said} == {}

    def test_keeps_each_months_number_and_a_row_for_each_user(self, season: Season) -> None:
        told = {}
        for name, live, month, in_time, late, closed, rows in season.rows["months"]:
            day = date.fromisoformat(month)
            told[name, live == "True", day] = int(in_time), int(late)
            assert rows == int(in_time) + int(late)
            assert (closed != "None") == (live == "True")
        for team, live in season.keys:
            own = season.counted(team, live=live)
            for month in season.plan.months:
                users = own.users(month, late=False), own.users(month, late=True)
                assert told.get((team, live, month), (0, 0)) == users, (team, month)

    def test_lets_nobody_grow_who_does_not_pay(self, season: Season) -> None:
        kerb = season.counted("Kerb")
        most = max(kerb.users(month, late=False) for month in season.plan.months)
        assert most <= 9_999
        assert most == 9_999 or EVENTS < 1_000_000

    def test_makes_one_statement_of_each_month_that_says_what_was_sent(
        self, season: Season
    ) -> None:
        for team in season.plan.teams:
            own = season.counted(team.name)
            contents = season.statements(team.name)
            assert [each["month"] for each in contents] == [
                f"{month:%Y-%m}" for month in season.plan.months
            ]
            for content, month in zip(contents, season.plan.months, strict=True):
                used = {each["meter"]: Decimal(each["quantity"]) for each in content["usage"]}
                for meter in METERS:
                    sent = own.total(meter, month, late=False)
                    assert used.get(meter, Decimal(0)) == sent, (team.name, month, meter)
                assert content["users"]["count"] == own.users(month, late=False)

    def test_makes_statements_that_anyone_can_recompute(self, season: Season) -> None:
        assert [each for data in season.exports.values() for each in verify(data)] == []

    def test_charges_what_the_price_list_says(self, season: Season) -> None:
        for team in season.plan.teams:
            if team.name == "Derby":  # has a contract
                continue
            for at, content in enumerate(season.statements(team.name)):
                prices = money.FIRST if at < 2 else money.SECOND
                own = season.counted(team.name)
                lines = {each["key"]: each["amount_minor"] for each in content["lines"]}
                for meter in METERS:
                    many = own.total(meter, season.plan.months[at], late=False)
                    assert lines[f"{meter}:0"] == money.cents(prices, meter, many)

    def test_corrects_a_month_by_all_that_came_after_its_close(self, season: Season) -> None:
        for team in season.plan.teams:
            own = season.counted(team.name)
            export = json.loads(season.exports[team.name])
            last = {each["content"]["month"]: each["content"] for each in export["corrections"]}
            for month in season.plan.months:
                sent = {meter: own.total(meter, month, late=True) for meter in METERS}
                told = last.get(f"{month:%Y-%m}", {"late": {}})["late"]
                late = {meter: Decimal(told.get(meter, 0)) for meter in METERS}
                assert late == sent, (team.name, month)

    def test_invoices_each_statement_once_to_the_cent(self, season: Season) -> None:
        asked: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for invoice in season.held:
            asked[invoice["metadata"]["tifo_statement"]].append(invoice)
        owed = {
            content["id"]: content
            for team in season.plan.teams
            for content in season.statements(team.name)
            if content["total_minor"]
        }
        assert asked.keys() == owed.keys()
        for statement, content in owed.items():
            [invoice] = asked[statement]
            amounts = Counter(line["amount"] for line in invoice["lines"]["data"])
            assert invoice["status"] == "paid"
            assert invoice["subtotal"] == invoice["amount_paid"] == content["total_minor"]
            assert amounts == Counter(line["amount_minor"] for line in content["lines"])

    def test_leaves_nothing_for_the_operator_to_look_at(self, season: Season) -> None:
        assert season.differences == []
        assert {each["state"] for each in season.rows["invoices"]} == {"paid"}
        assert [each for each in season.rows["invoices"] if each["problem"]] == []

    def test_keeps_a_ledger_that_is_even_when_all_is_paid(self, season: Season) -> None:
        assert sum(amount for _, _, amount in season.rows["ledger"]) == 0

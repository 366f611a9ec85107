"""An export that its forger has hashed anew is caught by what it says."""

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from billing.queries.verification import exported_problems
from billing.rules.rounding import unrounded
from billing.rules.statements.canonical import canonical, digest, member_hashes
from tests.billing.statements.test_verifier import everything, exported
from tifo_client.verify.statements import charges, verify

pytestmark = pytest.mark.django_db


def hashed_anew(document: Any) -> None:
    document["hash"] = digest(canonical(document["content"]))
    document["members"] = member_hashes(document["content"])


def dearer(correction: Any) -> None:
    for segment in correction["inputs"]["segments"]:
        segment["prices"][0]["bands"][1]["unit_price"] = "5"


def more_users(correction: Any) -> None:
    correction["inputs"]["segments"][0]["quantities"]["mau"] = "9000"


def no_credit(correction: Any) -> None:
    correction["inputs"]["adjustments"] = []


def other_statement(correction: Any) -> None:
    correction["statement_hash"] = "0" * 64


def billed_before(correction: Any) -> None:
    correction["before_minor"] -= 100


class TestAnExport:
    def test_whose_forger_has_hashed_it_anew_is_caught_by_its_arithmetic(self) -> None:
        data = exported(everything())

        def forged(change: Any) -> list[str]:
            said = json.loads(data)
            change(said)
            for each in [*said["statements"], *said["corrections"]]:
                hashed_anew(each)
            return list(verify(canonical(said).encode()))

        def of(said: Any, number: int = 0) -> Any:
            return said["statements"][number]["content"]

        def bands(content: Any) -> Any:
            return content["segments"][0]["prices"][0]["bands"]

        assert "previous_hash" in " ".join(forged(lambda s: of(s).update(tier="beta")))
        cases = [
            ("lines: number 0", lambda s: of(s, 1)["lines"][0].update(amount_minor=7)),
            ("lines: number 2 says None", lambda s: of(s, 1)["lines"].pop()),
            ("total_minor", lambda s: of(s, 1).update(total_minor=1)),
            ("users: 4 were counted, not 3", lambda s: of(s, 1)["users"].update(count=4)),
            ("users: 4 were counted, and 3", lambda s: of(s, 1)["users"].update(count=4)),
            ("usage: mau says 4", lambda s: of(s, 1)["usage"][0].update(quantity="4")),
            ("usage: mau says None", lambda s: of(s, 1)["usage"].pop(0)),
            ("corrections: cor_", lambda s: of(s, 1)["corrections"][0].update(waived=True)),
            ("corrections: cor_", lambda s: s["corrections"].pop()),
            ("another currency", lambda s: of(s, 1)["corrections"][0].update(currency="eur")),
            ("currency: is not", lambda s: s["corrections"][0]["content"].update(currency="eur")),
            ("users: the hashes", lambda s: of(s, 1)["users"].update(root="0" * 64)),
            ("users: there is no", lambda s: s["users"].update({"2026-09": []})),
            ("segments: are not", lambda s: of(s, 1)["segments"][0].update(start="2026-10-31")),
            ("period: is not", lambda s: of(s, 1)["period"].update(end="2026-12-02T00:00:00Z")),
            ("gap or overlap", lambda s: bands(of(s, 1))[1].update(first=201)),
            ("after_minor", lambda s: s["corrections"][0]["content"].update(after_minor=1)),
            ("before_minor", lambda s: s["corrections"][0]["content"].update(before_minor=1)),
            ("amount_minor", lambda s: s["corrections"][0]["content"].update(amount_minor=1)),
            ("schema", lambda s: s.update(schema="tifo.export/2")),
            ("cannot be read", lambda s: of(s, 1)["lines"][0].pop("key")),
        ]
        for said, change in cases:
            assert said in " ".join(forged(change)), said

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (dearer, "inputs: are not those of the statement"),
            (more_users, "of mau are not"),
            (no_credit, "inputs: lack a service credit of the statement"),
            (other_statement, "statement_hash: is not that of the month's statement"),
            (billed_before, "before_minor: says"),
        ],
    )
    def test_whose_correction_was_made_of_another_month_is_caught(
        self, change: Callable[[Any], None], said: str
    ) -> None:
        """Every hash and every sum of it is right; it is not what the statement says."""
        whose = everything()
        forged = json.loads(exported(whose))
        (of,) = forged["corrections"]
        change(of["content"])
        content = of["content"]
        content["after_minor"] = charges(content["inputs"])
        content["amount_minor"] = content["after_minor"] - content["before_minor"]
        hashed_anew(of)
        settling = forged["statements"][1]
        named = settling["content"]["corrections"][0]
        named.update(amount_minor=content["amount_minor"], hash=of["hash"])
        for line in settling["content"]["lines"]:
            if line["kind"] == "correction":
                line["amount_minor"] = content["amount_minor"]
                line["unrounded"] = unrounded(Fraction(content["amount_minor"], 100))
        amounts = [line["amount_minor"] for line in settling["content"]["lines"]]
        settling["content"]["total_minor"] = sum(amounts)
        hashed_anew(settling)
        data = canonical(forged).encode()
        for problems in ([*verify(data)], [*exported_problems(data)]):
            assert said in " ".join(problems), problems
            assert all(f"{content['number']}: " in each for each in problems), problems

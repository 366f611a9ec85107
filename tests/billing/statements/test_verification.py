"""`tifo statements`: what was closed is recomputed here, and nothing of it can be changed."""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from billing.models import Closing, Correction, CreditEntry, Invoice, Statement
from billing.queries.verification import exported_problems, kept_problems
from billing.rules.statements.canonical import canonical
from billing.services.closing import close_month
from tests.billing.statements.making import (
    CLOSING,
    OCTOBER,
    open_months,
    organisation,
    use_users,
)
from tests.billing.statements.test_verifier import everything, exported
from tifo.commands import overview

pytestmark = pytest.mark.django_db
MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("statements", *arguments, stdout=out)
    return out.getvalue()


def tamper(column: str, change: str) -> None:
    """As who has the database's own password could."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"UPDATE billing_statement SET {column} = {change}")
        cursor.execute("SET LOCAL session_replication_role = origin")


class TestWhatIsKept:
    def test_is_right_to_the_byte(self) -> None:
        everything()
        assert list(kept_problems()) == []
        assert "2 statements" in run("verify", "--all")

    @pytest.mark.parametrize(
        ("column", "change", "said"),
        [
            ("content", "replace(content, 'Two', 'Too')", "hash: is not the content's"),
            ("content", "content || ' '", "content: is not in its canonical form"),
            ("total_minor", "7", "total_minor: the row says 7"),
            ("content_hash", "repeat('0', 64)", "hash: is not the content's"),
            ("number", "'X'", "number: the row says 'X'"),
        ],
    )
    def test_names_what_was_changed(self, column: str, change: str, said: str) -> None:
        use_users(organisation("Two"), 2)
        close_month(OCTOBER, now=CLOSING)
        tamper(column, change)
        assert said in " ".join(kept_problems())
        with pytest.raises(CommandError, match="to look at"):
            run("verify", "--all")

    def test_notices_a_user_who_was_taken_away_and_an_invoice_that_asks_for_more(self) -> None:
        use_users(organisation("Two"), 10_000)
        close_month(OCTOBER, now=CLOSING)
        Invoice.objects.update(total_minor=5_001)
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM metering_activeuser WHERE user_hash = "
                "(SELECT min(user_hash::text)::uuid FROM metering_activeuser)"
            )
        problems = " ".join(kept_problems())
        assert "users: 10000 were counted, 9999 are kept" in problems
        assert "users: the hashes do not make the root" in problems
        assert "total_minor: 5000, and 5001 is asked for" in problems

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ("id = 'cor_of_nobody'", "corrections: rows say that they are settled here"),
            ("settled_in_id = statement_id", "is not as its document says, or that is missing"),
            ("waived = NOT waived", "waived: the row says True, the content False"),
            ("amount_minor = 1", "amount_minor: the row says 1, the content"),
        ],
    )
    def test_notices_a_correction_that_its_statement_does_not_know(
        self, change: str, said: str
    ) -> None:
        everything()
        assert list(kept_problems()) == []
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f"UPDATE billing_correction SET {change}")
            cursor.execute("SET LOCAL session_replication_role = origin")
        assert said in " ".join(kept_problems())

    def test_notices_a_credit_that_was_not_taken(self) -> None:
        everything()
        CreditEntry.objects.filter(kind=CreditEntry.Kind.USED).delete()
        assert "from credits, of which {} was taken" in " ".join(kept_problems())

    @pytest.mark.parametrize("column", ["waived", "settled_in"])
    def test_cannot_be_changed_in_a_correction(self, column: str) -> None:
        everything()
        value = Statement.objects.all()[:1].get() if column == "settled_in" else True
        with pytest.raises(IntegrityError, match="A closed month stands"), transaction.atomic():
            Correction.objects.update(**{column: value})

    @pytest.mark.parametrize("column", ["content", "total_minor", "content_hash"])
    def test_cannot_be_changed(self, column: str) -> None:
        use_users(organisation(), 2)
        close_month(OCTOBER, now=CLOSING)
        value = 7 if column == "total_minor" else "other"
        with pytest.raises(IntegrityError, match="A closed month stands"), transaction.atomic():
            Statement.objects.update(**{column: value})


class TestAnExport:
    def test_holds_the_corrections_that_its_statements_settle(self) -> None:
        said = json.loads(exported(everything()))
        assert list(exported_problems(canonical(said).encode())) == []
        name = said["statements"][-1]["content"]["number"]
        (gone,) = said["corrections"]
        said["corrections"] = []
        (problem,) = exported_problems(canonical(said).encode())
        assert problem.startswith(f"{name}: corrections: {gone['content']['id']} is not as its")

    def test_is_checked_from_its_file(self, tmp_path: Path) -> None:
        file = tmp_path / "export.json"
        data = exported(everything())
        file.write_bytes(data)
        assert "right to the byte" in run("verify", str(file))
        file.write_bytes(data.replace(b'"total_minor":', b'"total_minor":1', 1))
        with pytest.raises(CommandError, match="to look at"):
            run("verify", str(file))

    def test_that_is_none_is_said_to_be_none(self) -> None:
        for data in (b"", b"{", b"[]", b'{"schema":"tifo.export/1"}'):
            assert list(exported_problems(data)), data

    def test_needs_a_file_that_is_there(self) -> None:
        with pytest.raises(CommandError, match="cannot be read"):
            run("verify", "/nowhere.json")
        with pytest.raises(CommandError, match="Name a file"):
            run("verify")


class TestClosingByHand:
    def test_refuses_a_month_that_is_not_over(self) -> None:
        this = datetime.now(UTC)
        with pytest.raises(CommandError, match="month-not-over"):
            run("close", f"{this:%Y-%m}")

    def test_refuses_a_month_that_is_closed(self) -> None:
        use_users(organisation(), 2, at=MARCH)
        assert run("close", "2026-03") == "2026-03: 1 statement.\n"
        with pytest.raises(CommandError, match="month-closed"):
            run("close", "2026-03")

    def test_closes_who_came_after_the_month_was_closed_for_all_others(self) -> None:
        use_users(organisation(), 2, at=MARCH)
        run("close", "2026-03")
        use_users(organisation("Late"), 3, at=MARCH)
        assert run("close", "2026-03") == "2026-03: 1 statement.\n"
        assert open_months() == 0
        assert Closing.objects.get().statements == Statement.objects.count() == 2
        with pytest.raises(CommandError, match="month-closed"):
            run("close", "2026-03")

    def test_says_whose_month_has_to_wait(self) -> None:
        whose = organisation()
        for at in (MARCH, datetime(2026, 4, 1, tzinfo=UTC)):
            use_users(whose, 2, at=at)
        told = run("close", "2026-04")
        assert told.startswith("2026-04: 0 statements.\n1 organisation's month stays open")

    @pytest.mark.parametrize("month", ["0001-01", "2025-01"])
    def test_refuses_a_month_of_nobody_and_keeps_nothing(self, month: str) -> None:
        organisation()
        with pytest.raises(CommandError, match="there was no organisation yet"):
            run("close", month)
        assert not Closing.objects.exists()

    def test_says_how_a_month_is_written(self) -> None:
        for wrong in ("2026-13", "October", "2026-10-01"):
            with pytest.raises(CommandError, match="is no month: write one as 2026-10"):
                run("close", wrong)

    def test_is_in_the_overview_of_the_commands(self) -> None:
        assert "tifo statements verify " in overview()
        assert "tifo statements close " in overview()

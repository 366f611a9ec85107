"""The standalone verifier: it recomputes what the platform exports, and names what was changed."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

import tifo_client.verify.statements as verifier
from billing.documents.exports import export
from billing.models import Statement
from billing.queries.verification import exported_problems
from billing.rules.statements.canonical import canonical
from billing.services.closing import close_due, close_month
from billing.services.contracts import sign_contract
from metering.seals import inclusion_proof
from tenants.models import Organisation, TierChange
from tests.billing.making import credit, day, price_list
from tests.billing.statements.making import (
    CLOSING,
    EARLY,
    NEXT_CLOSING,
    OCTOBER,
    give_service_credit,
    organisation,
    use_users,
)
from tifo_client.verify.statements import verify

FILE = Path(verifier.__file__)
pytestmark = pytest.mark.django_db
BANDS = [(0, 99, "0"), (100, 200, "0.005"), (201, None, "0.0033")]


def everything() -> Organisation:
    """Two months with all that a statement can hold."""
    whose = organisation("Ünion Terrace")
    own = price_list("own", organisation=whose, bands=BANDS, mode="volume_floor")
    steps = price_list("steps", organisation=whose, bands=BANDS, mode="graduated")
    sign_contract(
        organisation=whose,
        starts_at=day(10, 11),
        ends_at=day(10, 21),
        now=EARLY,
        price_list=own,
        discount_percent=Decimal("12.5"),
    )
    sign_contract(
        organisation=whose,
        starts_at=day(10, 21),
        now=EARLY,
        price_list=steps,
        minimum_commitment_minor=100,
    )
    TierChange.objects.create(
        organisation=whose, from_tier_id="beta", to_tier_id="pro", at=EARLY, reason="chosen"
    )
    give_service_credit(whose, "7.25")
    credit(whose, 7, until=day(12))
    credit(whose, 4)
    for number, at in enumerate((EARLY, day(10, 15), day(10, 25))):
        use_users(whose, 150, at=at, first=number * 150)
    close_month(OCTOBER, now=CLOSING)
    use_users(whose, 40, first=1_000)
    use_users(whose, 3, at=day(11, 2))
    close_due(NEXT_CLOSING)
    return whose


def exported(whose: Organisation, *, users: bool = True) -> bytes:
    rows = Statement.objects.filter(organisation=whose).order_by("month")
    return b"".join(export([*rows], users=users))


def small() -> bytes:
    whose = organisation("Two")
    use_users(whose, 2)
    close_month(OCTOBER, now=CLOSING)
    return exported(whose)


def lines_of_code(source: str) -> int:
    """Without blank ones and docstrings."""
    told = 0
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node):
            words = node.body[0]
            told += (words.end_lineno or 0) - words.lineno + 1
    return sum(bool(line.strip()) for line in source.splitlines()) - told


class TestAnExport:
    def test_holds_with_every_kind_of_line_and_a_correction(self) -> None:
        data = exported(everything())
        assert list(verify(data)) == []
        said = json.loads(data)
        kinds = {line["kind"] for each in said["statements"] for line in each["content"]["lines"]}
        assert kinds == {
            "usage",
            "service_credit",
            "discount",
            "credit",
            "commitment",
            "correction",
        }
        assert len(said["corrections"]) == 1
        assert {month: len(users) for month, users in said["users"].items()} == {
            "2026-10": 450,
            "2026-11": 3,
        }

    def test_is_checked_by_a_file_that_needs_nothing_but_python(self, tmp_path: Path) -> None:
        source = FILE.read_text(encoding="utf-8")
        assert lines_of_code(source) < 200
        copy, file = tmp_path / "anywhere.py", tmp_path / "export.json"
        copy.write_text(source, encoding="utf-8")
        file.write_bytes(exported(everything()))
        command = [sys.executable, "-I", "-S", str(copy), str(file)]
        right = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (right.returncode, right.stderr) == (0, "")
        file.write_bytes(file.read_bytes().replace(b'"total_minor":', b'"total_minor":1', 1))
        wrong = subprocess.run(command, capture_output=True, text=True, check=False)
        assert wrong.returncode == 1
        assert "total_minor: is not what was hashed" in wrong.stdout

    def test_with_any_one_byte_changed_is_caught_and_named(self) -> None:
        data = small()
        assert not list(verify(data))
        name = Statement.objects.get().number
        start, end = data.index(b'{"content":') + len(b'{"content":'), data.rindex(b"],")
        for at, names in _places(data):
            for mask in (0x01, 0x20, 0x80):
                changed = bytearray(data)
                changed[at] ^= mask
                problems = " ".join(verify(bytes(changed)))
                assert problems, (at, data[max(at - 20, 0) : at + 1])
                assert not start <= at < end or name in problems or "document 1" in problems
                assert not names or any(each in problems for each in names), (at, names, problems)

    def test_is_its_bytes_and_no_other(self) -> None:
        data = small()
        for wrong, at in [
            (data + b"\n", len(data)),
            (data + b" ", len(data)),
            (b"\n" + data, 0),
            (data.replace(b":", b": ", 1), data.index(b":") + 1),
        ]:
            assert f"byte {at}: not as exported" in " ".join(verify(wrong))
            assert f"byte {at}: not as exported" in " ".join(exported_problems(wrong))


class TestTheCommand:
    @pytest.mark.parametrize(
        ("given", "code", "out", "err"),
        [
            ([], 2, "", "usage: python -m tifo_client.verify "),
            (["--help"], 0, "usage: python -m tifo_client.verify ", ""),
            (["/nowhere.json"], 2, "", "/nowhere.json: cannot be read: No such file"),
            (["/"], 2, "", "/: cannot be read: "),
        ],
    )
    def test_needs_a_file_that_can_be_read(
        self, given: list[str], code: int, out: str, err: str
    ) -> None:
        ran = _verify(*given)
        assert (ran.returncode, bool(ran.stdout), bool(ran.stderr)) == (code, bool(out), bool(err))
        assert ran.stdout.startswith(out)
        assert ran.stderr.startswith(err)
        assert "Traceback" not in ran.stderr

    @pytest.mark.parametrize(
        "data",
        [b"", b"{", b"{}", b"[]\n", b"null", b'{"schema":"x"}', b'{"schema":"tifo.export/1"}'],
    )
    def test_says_in_one_line_that_a_file_is_no_export(self, tmp_path: Path, data: bytes) -> None:
        file = tmp_path / "export.json"
        file.write_bytes(data)
        ran = _verify(str(file))
        assert (ran.returncode, ran.stderr, ran.stdout.count("\n")) == (1, "", 1)
        assert "no export" in ran.stdout or "cannot be read" in ran.stdout


class TestAProof:
    def test_leads_from_a_user_to_the_statements_root(self) -> None:
        whose = organisation()
        use_users(whose, 1_027)
        close_month(OCTOBER, now=CLOSING)
        users = json.loads(exported(whose))["users"]["2026-10"]
        for user in (users[0], users[512], users[1_023], users[1_024], users[-1]):
            found = inclusion_proof(whose, livemode=True, period=OCTOBER, user=bytes.fromhex(user))
            assert found
            proof = {
                "schema": "tifo.proof/1",
                "user": user,
                "index": found.index,
                "size": found.size,
                "path": [step.hex() for step in found.path],
                "root": found.root.hex(),
            }
            assert list(verify(canonical(proof).encode())) == []
            for change in ({"user": "00" * 16}, {"index": found.index ^ 1}, {"root": "00" * 32}):
                assert list(verify(canonical(proof | change).encode()))


def _verify(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tifo_client.verify", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _places(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Each byte's offset, and whose value it is: a member of the content, and what is within."""
    said = json.loads(data)
    content = said["statements"][0]["content"]
    start = data.index(b'{"content":') + len(b'{"content":{')
    spans: dict[int, list[str]] = {}
    for name in sorted(content):
        value = canonical(content[name])
        names = [name, *re.findall(r'"(\w+)":', value)]
        start += len(canonical(name)) + 1
        spans |= dict.fromkeys(range(start, start + len(value)), names)
        start += len(value) + 1
    for at in range(len(data)):
        yield at, spans.get(at, [])

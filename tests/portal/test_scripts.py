"""The browser code of web/ is served as it is written, and is whole without a bundler."""

import re
from pathlib import Path

import pytest
from django.test import Client

from tests.checkout import ROOT

WEB = ROOT / "web"
FILES = sorted(path.relative_to(WEB) for path in (WEB / "portal").rglob("*.*"))
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
IMPORT = re.compile(r"""^\s*(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"|\bimport\(""", re.MULTILINE)


@pytest.mark.parametrize("file", FILES, ids=str)
def test_each_file_is_served_as_it_is_written(client: Client, file: Path) -> None:
    answer = client.get(f"/static/{file}")
    assert answer.status_code == 200
    assert b"".join(answer) == (WEB / file).read_bytes()
    assert answer["Content-Type"].partition(";")[0] == KINDS[file.suffix]


@pytest.mark.parametrize("file", [file for file in FILES if file.suffix == ".js"], ids=str)
def test_each_script_imports_only_what_is_served_beside_it(file: Path) -> None:
    for name in IMPORT.findall((WEB / file).read_text(encoding="utf-8")):
        assert name.startswith("."), name
        found = (WEB / file.parent / name).resolve()
        assert found.is_file(), name
        assert found.is_relative_to(WEB / "portal"), name


@pytest.mark.parametrize("file", ["package.json", "tests/portal/words.test.js", "types/api.d.ts"])
def test_tools_and_tests_are_not_served(client: Client, file: str) -> None:
    assert (WEB / file).is_file()
    for address in (f"/static/{file}", f"/static/portal/../{file}", f"/static/portal/{file}"):
        assert client.get(address).status_code == 404

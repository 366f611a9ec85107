"""The documents keep up with the code: links lead somewhere, and no name is missing."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

import tifo.urls  # noqa: F401  (with them every family's errors are loaded)
from apps.portal.errors import every_error
from demo.samples import make
from tenants.scopes import SCOPES
from tests.checkout import ROOT
from tifo.environment import Environment

REFERENCE = ROOT / "docs" / "reference"
PATTERNS = ("*.md", "docs/**/*.md", "[a-z]*/README.md", "sdks/*/README.md")
PAGES = sorted({page for pattern in PATTERNS for page in ROOT.glob(pattern)})


class TestLinks:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
    def test_lead_to_a_file(self, page: Path) -> None:
        targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
        ours = [target for target in targets if "://" not in target]
        broken = [target for target in ours if not (page.parent / target).exists()]
        assert not broken

    def test_lead_to_no_address_that_another_port_serves(self) -> None:
        for page in PAGES:
            assert not re.search(r"\]\(http://127|<http://127", page.read_text()), page

    def test_name_every_decision_in_the_index(self) -> None:
        index = (ROOT / "docs" / "README.md").read_text()
        for page in (ROOT / "docs" / "decisions").glob("*.md"):
            assert f"decisions/{page.name}" in index


class TestTheClone:
    @pytest.mark.parametrize("name", ["keys.json", "chant-stadium.wav"])
    def test_keeps_what_the_documents_write_out_of_git(self, name: str) -> None:
        assert _is_ignored(name)

    def test_keeps_the_samples_out_of_git(self, tmp_path: Path) -> None:
        assert all(_is_ignored(sample.name) for sample in make(tmp_path))
        assert not _is_ignored("Makefile")


def _is_ignored(name: str) -> bool:
    """As the rules of the repository alone have it, wherever this is a checkout of git."""
    rules = (ROOT / ".gitignore").read_text().splitlines()
    return any(fnmatch(f"/{name}", rule) for rule in rules if rule.startswith("/"))


class TestReference:
    def test_names_every_variable_of_the_environment(self) -> None:
        page = (REFERENCE / "environment.md").read_text()
        for name in Environment.model_fields:
            variable = name.upper() if name.endswith("_url") else f"TIFO_{name.upper()}"
            known = {f"`{variable}`", f"`TIFO_{name.upper()}`"}
            assert any(each in page for each in known), variable

    def test_names_every_error_and_its_status(self) -> None:
        page = (REFERENCE / "errors.md").read_text()
        ours = [error for error in every_error() if not error.__module__.startswith("tests.")]
        for error in ours:
            assert f"| {error.status} | `{error.code}` |" in page, error

    def test_names_every_scope_with_its_meaning(self) -> None:
        page = (REFERENCE / "keys.md").read_text()
        for scope, meaning in SCOPES.items():
            assert f"| `{scope}` | {meaning} |" in page

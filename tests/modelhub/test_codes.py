"""Every code that a refusal may carry is explained, and none that is gone."""

import re

from modelfiles.errors import Code as Header
from modelhub.remote import Code as Remote
from tests.checkout import ROOT

PAGE = (ROOT / "docs" / "reference" / "model-caps.md").read_text()
TABLES = {
    "## Why a file is refused": Header,
    "## A file at an address": Remote,
}


class TestCodes:
    def test_are_explained_each_in_its_table(self) -> None:
        for heading, codes in TABLES.items():
            section = PAGE.partition(heading)[2].partition("\n## ")[0]
            told = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
            assert told == [code.value for code in codes], heading

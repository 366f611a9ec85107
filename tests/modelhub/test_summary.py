"""The JSON form of a verdict, and the page that explains its codes."""

import json
from typing import get_args

from modelfiles import Code, PrefixSource, inspect
from modelhub.rules import ReasonCode, judge
from modelhub.summary import summary
from tests.checkout import ROOT
from tests.modelfiles import samples
from tests.modelhub.seed_caps import SEED_CAPS

PAGE = ROOT / "docs" / "reference" / "model-caps.md"


class TestSummary:
    def test_is_plain_json_with_every_placement_and_reason(self) -> None:
        sample = samples.safetensors_llama(samples.HALF_B, "F16")
        report = inspect(PrefixSource(sample.head, sample.size))
        answer = summary(report, judge(report, SEED_CAPS))
        assert json.loads(json.dumps(answer)) == answer
        assert answer["parameters"] == samples.HALF_B.parameters
        assert answer["bits_per_weight"] == 16.0
        assert answer["placements"] == {
            "cloud": {"allowed": True, "reasons": []},
            "edge": {
                "allowed": False,
                "reasons": [{"code": "not_quantised", "limit": True, "found": False}],
            },
            "device": {"allowed": True, "reasons": []},
        }


class TestReferencePage:
    def test_explains_every_code(self) -> None:
        page = PAGE.read_text()
        codes = [*(code.value for code in Code), *get_args(ReasonCode)]
        assert [code for code in codes if f"| `{code}` |" not in page] == []

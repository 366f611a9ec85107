"""The example for nginx says by itself what the platform would say."""

import json
import re

from foundation.http.problems import HeadTooLarge, document
from tests.checkout import ROOT

EXAMPLE = ROOT / "deploy" / "nginx.conf"


def test_a_large_head_is_the_problem_that_it_is_elsewhere() -> None:
    [said] = re.findall(r"return 431 '(.*)';", EXAMPLE.read_text())
    told = json.loads(said.replace(r"\'", "'"))
    ours = document(HeadTooLarge(), "$request_id")
    assert ours.pop("type").endswith(told.pop("type"))
    assert told == ours

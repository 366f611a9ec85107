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


def test_no_log_has_a_query_or_the_name_of_an_end_user() -> None:
    written = EXAMPLE.read_text()
    [told] = re.findall(r"log_format tifo (.*?);", written, re.DOTALL)
    assert not re.search(r"\$(request|request_uri|uri|args|http_referer|query_string)\b", told)
    assert written.count("access_log /var/log/nginx/tifo.log tifo;") == written.count("\nserver {")
    [named] = re.findall(r'"~(\^\S+)" "\S+\{end_user\}";', written)
    assert re.match(named, "/v1/usage/users/alice@example.org")

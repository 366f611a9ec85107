"""The search for secrets would find one."""

import base64

from tenants.rules import build_token
from tests.gateway.doors.shown_once import Secrets, remembered


class TestTheSearch:
    def test_would_find_a_secret_in_any_of_its_forms(self) -> None:
        told = Secrets()
        key = told.add("key", build_token("0" * 30, livemode=True))
        for form in (
            key.encode(),
            key.removeprefix("tifo_live_").encode(),
            key.encode().hex().encode(),
            base64.b64encode(b"x" + key.encode()),
            repr({"authorization": key}).encode(),
        ):
            assert told.in_(b"row" + form + b"row") == ["key"]

    def test_would_find_a_secret_in_memory(self) -> None:
        told = Secrets()
        key = told.add("key", build_token("0" * 30, livemode=True))
        assert told.in_(remembered({"a": [(key,)]})) == ["key"]

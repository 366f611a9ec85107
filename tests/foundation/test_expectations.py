"""A field that refuses says what it would have taken, wherever it stands."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework import serializers

from foundation.errors import Invalid
from foundation.http.problems import translate
from foundation.validation.expectations import require_valid
from tests.conftest import Api, Tenant

COLOUR = "Choose one of red, blue."
SLUG = "The pattern is ^[a-z]+$"


class PartSerializer(serializers.Serializer[Any]):
    colour = serializers.ChoiceField(choices=[("red", "Red"), ("blue", "Blue")])
    word = serializers.RegexField("^[a-z]+$", max_length=5)


class WholeSerializer(PartSerializer):
    part = PartSerializer(required=False)
    parts: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=PartSerializer(), required=False
    )
    words = serializers.ListField(child=serializers.RegexField("^[a-z]+$"), required=False)
    named = serializers.DictField(child=serializers.ChoiceField(["red", "blue"]), required=False)
    zone = serializers.SlugField(required=False)


GOOD = {"colour": "red", "word": "a"}
BAD = {"colour": "green", "word": "A"}


def told(data: Any) -> dict[str, str]:
    with pytest.raises(serializers.ValidationError) as refused:
        require_valid(WholeSerializer(data=data))
    problem = translate(refused.value)
    assert isinstance(problem, Invalid)
    return {error.pointer: error.detail for error in problem.errors}


class TestField:
    @pytest.mark.parametrize(
        ("change", "at"),
        [
            (BAD, ""),
            ({"part": BAD}, "/part"),
            ({"parts": [GOOD, BAD]}, "/parts/1"),
        ],
    )
    def test_names_its_choices_and_its_pattern(self, change: dict[str, Any], at: str) -> None:
        found = told(GOOD | change)
        assert set(found) == {f"{at}/colour", f"{at}/word"}
        assert found[f"{at}/colour"] == f'"green" is not a valid choice. {COLOUR}'
        assert found[f"{at}/word"].endswith(SLUG)

    def test_does_so_in_lists_and_maps(self) -> None:
        found = told(GOOD | {"words": ["a", "B"], "named": {"x": "green"}, "zone": "ä b"})
        assert found["/words/1"].endswith(SLUG)
        assert found["/named/x"].endswith(COLOUR)
        assert found["/zone"].endswith("The pattern is ^[-a-zA-Z0-9_]+$")

    def test_says_nothing_more_where_neither_refused(self) -> None:
        found = told({"colour": "red", "word": "abcdef", "parts": 1, "words": "a"})
        assert not [detail for detail in found.values() if "pattern is" in detail]
        assert set(found) == {"/word", "/parts", "/words"}
        assert told([])["/"].startswith("Invalid data.")


@pytest.mark.django_db
class TestOperation:
    @pytest.mark.parametrize(
        ("path", "body", "pointer", "words"),
        [
            ("/v1/sessions",
             {"name": "x", "zones": ["north side"], "ends_at": "2099-01-01T00:00:00Z"},
             "/zones/0", "^[A-Za-z0-9_-]"),
            ("/v1/triggers", {"kind": "smoke", "target": {"all": True}}, "/kind", "led, audio"),
            ("/v1/kiosks", {"name": "x", "zone": "north", "capabilities": ["led", "smoke"]},
             "/capabilities/1", "led, audio, display"),
            ("/v1/keys", {"name": "x", "scopes": ["u"]}, "/scopes/0", "usage:read"),
        ],
    )  # fmt: skip
    def test_shows_what_it_takes(
        self,
        api: Callable[[str | None], Api],
        tenant: Tenant,
        path: str,
        body: dict[str, Any],
        pointer: str,
        words: str,
    ) -> None:
        [error] = api(tenant.live_key).post(path, body).json()["errors"]
        assert error["pointer"] == pointer
        assert words in error["detail"]

    def test_shows_the_states_of_jobs(
        self, api: Callable[[str | None], Api], tenant: Tenant
    ) -> None:
        [error] = api(tenant.live_key).get("/v1/jobs?state=done").json()["errors"]
        assert "succeeded" in error["detail"]

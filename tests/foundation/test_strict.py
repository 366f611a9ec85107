"""A JSON body is taken for what it says: no guess at a type, and no member that goes unread."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework import serializers

from foundation.http.problems import translate
from foundation.validation.moments import read_moment
from foundation.validation.strict import (
    Body,
    Email,
    Flag,
    Moment,
    Number,
    Pattern,
    Slug,
    Text,
    Whole,
)
from foundation.validation.strict_json import read_json


class Stage(Body):
    name = Text(max_length=5)
    zone = Slug(required=False)
    gate = Pattern(r"^[a-z]$", required=False)
    email = Email(required=False)
    open = Flag(default=False)
    seats = Whole(min_value=0, max_value=2**53, required=False)
    level = Number(min_value=0, max_value=100, required=False)
    at = Moment(allow_null=True, default=None)


class Venue(Body):
    stages = serializers.ListField(child=Stage(), min_length=1)
    notes = serializers.DictField(child=Number(), required=False)


def told(body: Any, form: type[Body] = Stage) -> set[tuple[str, str]]:
    """Pointer and code of each fault, as a caller is told them; from JSON, as a caller sends it."""
    serializer = form(data=read_json(json.dumps(body)))
    try:
        serializer.is_valid(raise_exception=True)
    except serializers.ValidationError as refused:
        error = translate(refused)
        assert error is not None
        return {(each.pointer, each.code) for each in error.errors}
    return set()


class TestValues:
    @pytest.mark.parametrize(
        ("member", "value"),
        [
            ("name", 5),
            ("name", 1.5),
            ("name", True),
            ("name", ["north"]),
            ("name", {}),
            ("zone", 7),
            ("gate", 7),
            ("email", 7),
            ("open", "yes"),
            ("open", "true"),
            ("open", 1),
            ("open", 0.0),
            ("open", []),
            ("seats", True),
            ("seats", "3"),
            ("seats", 1.5),
            ("seats", []),
            ("level", True),
            ("level", "3"),
            ("level", "1e3"),
            ("level", [1]),
            ("at", 5),
            ("at", True),
            ("at", "2026-11-29"),
            ("at", "2026-11-29T20:45:00"),
            ("at", "2026-W48-7T20:45:00Z"),
            ("at", "20261129T204500Z"),
            ("at", "2026-11-29T20:45:00+01"),
            ("at", "2026-11-29T20:45Z"),
            ("at", "2026-02-30T20:45:00Z"),
            ("at", "0000-11-29T20:45:00Z"),
            ("at", "0001-01-01T00:00:00+23:59"),
            ("at", "9999-12-31T23:59:59-00:01"),
            ("at", "２０２６-11-29T20:45:00Z"),
        ],
    )
    def test_of_another_type_are_refused(self, member: str, value: Any) -> None:
        assert told({"name": "north"} | {member: value}) == {(f"/{member}", "invalid")}

    @pytest.mark.parametrize(
        ("member", "value"),
        [("seats", -1), ("seats", 2**63), ("seats", 1e300), ("level", -0.1), ("level", 1e300)],
    )
    def test_out_of_range_are_refused_under_one_code(self, member: str, value: Any) -> None:
        assert told({"name": "north", member: value}) == {(f"/{member}", "out-of-range")}

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [('{"name": "a", "level": 1e400}', "/level"), ('{"name": "a", "seats": 1e400}', "/seats")],
    )
    def test_beyond_a_double_are_refused(self, body: str, pointer: str) -> None:
        serializer = Stage(data=read_json(body))
        assert not serializer.is_valid()
        assert set(serializer.errors) == {pointer[1:]}

    def test_of_their_type_are_kept(self) -> None:
        stage = Stage(
            data={
                "name": " é ",
                "open": True,
                "seats": 5.0,
                "level": 3,
                "at": "2026-11-29t21:45:00.1234567+01:00",
            }
        )
        assert stage.is_valid(), stage.errors
        assert stage.validated_data == {
            "name": "é",
            "open": True,
            "seats": 5,
            "level": 3.0,
            "at": datetime(2026, 11, 29, 20, 45, 0, 123456, UTC),
        }
        assert type(stage.validated_data["seats"]) is int

    @pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "[" * 100_000, "{", b"\xff"])
    def test_that_are_not_json_are_refused(self, text: str | bytes) -> None:
        with pytest.raises(ValueError):
            read_json(text)


class TestLists:
    @pytest.mark.parametrize("value", ["north", {"0": {"name": "a"}}, 5, None, True])
    def test_are_lists_and_nothing_like_it(self, value: Any) -> None:
        (fault,) = told({"stages": value}, Venue)
        assert fault[0] == "/stages"

    def test_faults_within_are_pointed_at(self) -> None:
        assert told({"stages": [{"name": "a"}, {"name": 5, "row": 1}]}, Venue) == {
            ("/stages/1/name", "invalid"),
            ("/stages/1/row", "unknown-member"),
        }

    def test_of_values_by_name_are_strict(self) -> None:
        asked = {"stages": [{"name": "a"}], "notes": {"mix": True, "wet": "1"}}
        assert told(asked, Venue) == {("/notes/mix", "invalid"), ("/notes/wet", "invalid")}


class TestUnknownMembers:
    def test_are_told_with_every_other_fault(self) -> None:
        assert told({"nme": "north", "open": 1}) == {
            ("/nme", "unknown-member"),
            ("/name", "required"),
            ("/open", "invalid"),
        }

    def test_are_pointed_at_as_json_pointers_are_written(self) -> None:
        assert told({"name": "a", "a/b~c": 1}) == {("/a~1b~0c", "unknown-member")}

    def test_may_have_the_names_of_an_error(self) -> None:
        assert told({"name": "a", "message": 1, "code": 2}) == {
            ("/message", "unknown-member"),
            ("/code", "unknown-member"),
        }
        nested = told({"stages": [{"message": 1, "code": 2, "name": "a"}]}, Venue)
        assert nested == {
            ("/stages/0/message", "unknown-member"),
            ("/stages/0/code", "unknown-member"),
        }

    def test_are_told_twenty_at_most(self) -> None:
        assert len(told({"name": "a"} | {f"x{number}": 1 for number in range(500)})) == 20


class TestMoments:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-11-29T20:45:00Z",
            "2026-11-29t20:45:00z",
            "2026-11-29 20:45:00z",
            "2026-11-29T21:45:00+01:00",
            "2026-11-29T20:45:00.000-00:00",
        ],
    )
    def test_are_read_as_rfc_3339_writes_them(self, text: str) -> None:
        assert read_moment(text) == datetime(2026, 11, 29, 20, 45, tzinfo=UTC)
        assert read_moment(text).tzinfo is UTC

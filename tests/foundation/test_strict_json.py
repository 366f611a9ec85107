"""JSON is read as no other reader would take it otherwise, or not at all."""

import json
from decimal import Decimal
from typing import Any

import pytest

from foundation.validation.strict_json import NestedTooDeep, NoSuchNumber, RepeatedMember, read_json


class TestReading:
    @pytest.mark.parametrize(
        "text", ['{"a": [1, {"b": null}], "c": {"b": 2.5}}', ' "\\ud83c\\udf89" ', "[]", "0"]
    )
    def test_is_the_standard_library_s_where_that_is_strict(self, text: str) -> None:
        assert read_json(text) == read_json(text.encode()) == json.loads(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{} {}",
            "\ufeff{}",
            "{'a': 1}",
            '{"a": 1',
            b"\xff",
            '{"a": 1}'.encode("utf-16"),
            "9" * 5000,
        ],
    )
    def test_is_of_one_value_in_utf_8(self, text: str | bytes) -> None:
        with pytest.raises(ValueError):
            read_json(text)

    @pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
    def test_knows_no_number_that_json_has_not(self, word: str) -> None:
        with pytest.raises(NoSuchNumber, match=word):
            read_json(f'{{"a": [{word}]}}')

    @pytest.mark.parametrize(
        ("text", "pointer"),
        [
            ("NaN", ""),
            ('[1, {"a/b~": [2, -Infinity, NaN]}]', "/1/a~1b~0/1"),
            ('{"a": [[]], "b": {"c": NaN, "c": 1}}', "/b/c"),
        ],
    )
    def test_says_where_such_a_number_stands(self, text: str, pointer: str) -> None:
        with pytest.raises(NoSuchNumber) as caught:
            read_json(text)
        assert caught.value.pointer == pointer

    @pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000])
    def test_ends_where_the_stack_does(self, text: str) -> None:
        with pytest.raises(NestedTooDeep):
            read_json(text)

    def test_makes_numbers_as_it_is_told(self) -> None:
        assert read_json('{"a": [12, 3.5]}', whole=len) == {"a": [2, 3.5]}
        exact = read_json("[0.1, 1e30, 5]", fraction=Decimal)
        assert exact == [Decimal("0.1"), Decimal("1e30"), 5]


class TestAMemberThatStandsTwice:
    @pytest.mark.parametrize(
        ("text", "name", "pointer"),
        [
            ('{"a": 1, "a": 1}', "a", "/a"),
            ('{"a": 1, "\\u0061": 2}', "a", "/a"),
            ('{"": 1, "": 2}', "", "/"),
            ('[1, {"b": [{"a/b~": 1, "c": 2, "a/b~": 3}]}]', "a/b~", "/1/b/0/a~1b~0"),
            ('{"a": {"c": 1, "c": 2}, "b": 1, "b": 2}', "c", "/a/c"),
            ('[{"a": 1, "a": 2}, NaN]', "a", "/0/a"),
        ],
    )
    def test_is_named_with_its_place(self, text: str, name: str, pointer: str) -> None:
        with pytest.raises(RepeatedMember) as caught:
            read_json(text)
        assert (caught.value.name, caught.value.pointer) == (name, pointer)

    def test_may_stand_in_each_of_several_objects(self) -> None:
        several: Any = {"a": [{"a": 1}, {"a": {"a": 2}}]}
        assert read_json(json.dumps(several)) == several

    def test_below_a_pile_of_lists_is_found_or_too_deep(self) -> None:
        for depth in range(100, 1_100, 100):
            with pytest.raises((RepeatedMember, NestedTooDeep)):
                read_json("[" * depth + '{"a": 1, "a": 2}' + "]" * depth)

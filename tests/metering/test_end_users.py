"""One person is one name, whoever spells it how."""

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.end_users import InvalidEndUser, Respelt, is_normal, normal
from metering.hashes import former_hashes, hash_users

MOMENT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SAME = {
    "zoë": [
        "zoë", "zoe\u0308", " zoë ", "\u00a0zoë\u3000",
        "\ufeffzoë", "zoë\u200b", "\u2060 zoë \u200e",
    ],
    "한": ["한", "\u1112\u1161\u11ab"],
    "Å": ["\u00c5", "\u212b", "A\u030a"],
    "ana": ["ana", " ana", "ana  "],
    "ana bo": ["ana bo"],
}  # fmt: skip
KEPT = [
    "👩\u200d🎤",  # joined, or it would be two people
    "क्\u200dष",
    "می\u200cخواهم",
    "❤\ufe0f",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # England's flag
    "Ana",
    "fan-4711",
    "a  b",
    "x" * 200,
    "🎉" * 200,
    "ñ" * 200,
]
REFUSED = {
    "blank": ["", " ", "\u3000", "\u200b", "\u200d\u200c", "\ufeff", "\u3164", "\ufe0f", "\u2800"],
    "control-character": [
        "a\tb", "a\nb", "ana\n", "\ta", "a\0", "a\x7f", "a\u0085b", "é\tb", "é\x1f", "\u2028é",
        "\ud800", "é\udfff",
    ],
    "too-long": ["a" * 201, "é" * 201, "e\u0301" * 201, "é" + "\u0323\u0301" * 100_000],
}  # fmt: skip


class TestAName:
    @pytest.mark.parametrize("name", SAME)
    def test_is_the_same_in_every_spelling(self, name: str) -> None:
        assert {normal(spelling) for spelling in SAME[name]} == {normal(name)}

    @pytest.mark.parametrize("name", KEPT)
    def test_that_needs_nothing_is_left_as_it_is(self, name: str) -> None:
        assert normal(name) == name
        assert type(normal(name)) is str

    @pytest.mark.parametrize("reason", REFUSED)
    def test_that_nobody_can_have_is_refused_and_not_repeated(self, reason: str) -> None:
        for name in REFUSED[reason]:
            with pytest.raises(InvalidEndUser) as refused:
                normal(name)
            assert refused.value.reason == reason
            assert not name.strip() or name not in refused.value.detail

    def test_is_measured_when_it_is_composed(self) -> None:
        assert normal("e\u0301" * 200) == "é" * 200

    @given(st.text(max_size=30))
    def test_is_normal_once_and_for_all(self, given: str) -> None:
        try:
            name = normal(given)
        except InvalidEndUser:
            return
        assert normal(name) == name
        assert type(normal(name)) is str
        assert unicodedata.is_normalized("NFC", name)

    @given(st.text(max_size=8))
    def test_that_passes_for_normal_is(self, given: str) -> None:
        if given and given.isprintable() and given.strip() == given and is_normal(given):
            assert normal(given) == given


class TestAHash:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("fan-4711", "89efd5e04d23a24b5f5c1281cb5d832f"),
            ("Ana Müller", "e3fbe629a52b5cdda52292b0c19df79e"),
            ("👩\u200d🎤", "a26853fbb62b6078ff5eaf7f2ceab580"),
        ],
    )
    def test_is_what_it_was_before_names_were_normal(self, name: str, expected: str) -> None:
        """Else everybody would be counted again in the month of the change."""
        [hashed] = hash_users("org_1", [normal(name)], livemode=True, now=MOMENT)
        assert hashed.hex() == expected

    def test_of_a_former_spelling_is_known(self) -> None:
        names = [normal(each) for each in ("ana", "zoe\u0308", "zoë", "\u00a0zoë")]
        former = former_hashes("org_1", names, livemode=True, now=MOMENT)
        [own] = hash_users("org_1", ["zoë"], livemode=True, now=MOMENT)
        before = hash_users("org_1", ["zoe\u0308", "\u00a0zoë"], livemode=True, now=MOMENT)
        assert {own: set(former[own])} == {own: set(before)}
        assert former.keys() == {own}

    def test_is_one_of_one_person(self) -> None:
        names = [normal(each) for each in SAME["zoë"]]
        assert len(hash_users("org_1", names, livemode=True, now=MOMENT)) == 1
        assert any(isinstance(name, Respelt) for name in names)

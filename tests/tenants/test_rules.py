"""Keys: their shape and checksum, and the instant at which one stops working."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.base62 import ALPHABET
from tenants.rules import KeyDates, KeyState, build_token, fingerprint, key_state, well_formed

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RANDOM = "0123456789ABCDEFGHIJabcdefghij"
randoms = st.text(ALPHABET, min_size=30, max_size=30)


class TestTokens:
    def test_carry_mode_random_part_and_checksum(self) -> None:
        token = build_token(RANDOM, livemode=True)
        assert token.startswith(f"tifo_live_{RANDOM}")
        assert len(token) == len("tifo_live_") + 36

    @given(randoms, st.booleans())
    def test_are_well_formed(self, random: str, livemode: bool) -> None:
        assert well_formed(build_token(random, livemode=livemode))

    @given(randoms, st.integers(0, 45), st.sampled_from(ALPHABET))
    def test_with_one_wrong_character_are_not(self, random: str, place: int, other: str) -> None:
        token = build_token(random, livemode=False)
        mistyped = token[:place] + other + token[place + 1 :]
        assert well_formed(mistyped) == (mistyped == token)

    @pytest.mark.parametrize("token", ["", "tifo_live_", "sk_live_" + "a" * 36, "é" * 46])
    def test_of_another_shape_are_refused(self, token: str) -> None:
        assert not well_formed(token)

    def test_are_stored_under_a_pepper(self) -> None:
        token = build_token(RANDOM, livemode=True)
        assert fingerprint(token, "one") != fingerprint(token, "two")


class TestKeyState:
    @pytest.mark.parametrize(
        ("expires", "revoked", "state"),
        [
            (None, None, KeyState.ACTIVE),
            (NOON + SECOND, None, KeyState.ACTIVE),
            (NOON, None, KeyState.EXPIRED),
            (None, NOON + SECOND, KeyState.ACTIVE),
            (None, NOON, KeyState.REVOKED),
            (NOON - SECOND, NOON - SECOND, KeyState.REVOKED),
        ],
    )
    def test_changes_at_the_very_instant(
        self, expires: datetime | None, revoked: datetime | None, state: KeyState
    ) -> None:
        assert key_state(KeyDates(expires, revoked), NOON) is state

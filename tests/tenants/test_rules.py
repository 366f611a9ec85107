"""Keys: their shape and checksum, and the instant at which one stops working."""

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.base62 import ALPHABET
from tenants.rules import (
    KeyDates,
    KeyState,
    allowed_from,
    build_token,
    fingerprint,
    key_state,
    network,
    well_formed,
)

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
            (None, NOON + SECOND, KeyState.REVOKED),  # by a clock that is ahead
            (None, NOON, KeyState.REVOKED),
            (NOON - SECOND, NOON - SECOND, KeyState.REVOKED),
        ],
    )
    def test_changes_at_the_very_instant(
        self, expires: datetime | None, revoked: datetime | None, state: KeyState
    ) -> None:
        assert key_state(KeyDates(expires, revoked), NOON) is state


OFFICE = ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7/32"]


class TestNetworks:
    @pytest.mark.parametrize(
        ("address", "allowed"),
        [
            ("192.0.2.0", True),
            ("192.0.2.255", True),
            ("192.0.3.0", False),
            ("198.51.100.7", True),
            ("198.51.100.8", False),
            ("2001:db8:ffff::1", True),
            ("2001:db9::1", False),
            ("::ffff:192.0.2.9", True),
            ("::ffff:192.0.3.9", False),
            ("::192.0.2.9", False),
            ("", False),
            ("unix:", False),
            ("192.0.2.9:443", False),
        ],
    )
    def test_admit_their_own_addresses_alone(self, address: str, allowed: bool) -> None:
        assert allowed_from(OFFICE, address) is allowed

    @pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "", "unix:"])
    def test_that_are_none_admit_everybody(self, address: str) -> None:
        assert allowed_from([], address)

    @given(st.ip_addresses(), st.integers(0, 128), st.ip_addresses())
    def test_agree_with_the_bits_of_the_address(
        self,
        base: ipaddress.IPv4Address | ipaddress.IPv6Address,
        length: int,
        other: ipaddress.IPv4Address | ipaddress.IPv6Address,
    ) -> None:
        length = min(length, base.max_prefixlen)
        spread = 2 ** (base.max_prefixlen - length)
        first = type(base)(int(base) // spread * spread)
        assert allowed_from([f"{first}/{length}"], str(base))
        if other.version == base.version:
            same = int(other) // spread == int(base) // spread
            assert allowed_from([f"{first}/{length}"], str(other)) == same

    @pytest.mark.parametrize(
        "text",
        ["", "office", "192.0.2.0/33", "192.0.2.5/24", "2001:db8::/129", "fe80::1%eth0", "1/8"],
    )
    def test_of_another_form_are_refused(self, text: str) -> None:
        with pytest.raises(ValueError):
            network(text)

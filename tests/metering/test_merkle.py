"""Merkle trees: RFC 6962's own vectors, and a tree that is built as the RFC's text says it."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering import merkle

# The test vectors of the RFC's reference implementation (certificate-transparency).
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def by_the_text(leaves: list[bytes]) -> bytes:
    """MTH(D[n]) word by word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + by_the_text(leaves[:k]) + by_the_text(leaves[k:])).digest()


def root_of(leaves: list[bytes]) -> bytes:
    return merkle.root(map(merkle.leaf, leaves))


class TestRoot:
    def test_of_nothing_is_the_hash_of_nothing(self) -> None:
        empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        assert merkle.root([]).hex() == empty

    @pytest.mark.parametrize("size", range(1, 9))
    def test_is_that_of_the_published_vectors(self, size: int) -> None:
        assert root_of(LEAVES[:size]).hex() == ROOTS[size - 1]

    @given(st.lists(st.binary(max_size=3), max_size=70))
    def test_is_that_of_the_rfc_s_own_words(self, leaves: list[bytes]) -> None:
        assert root_of(leaves) == by_the_text(leaves)

    @given(st.lists(st.binary(max_size=3), max_size=70), st.integers(0, 4))
    def test_is_the_root_over_blocks_of_a_power_of_two(
        self, leaves: list[bytes], height: int
    ) -> None:
        size = 1 << height
        blocks = [leaves[at : at + size] for at in range(0, len(leaves), size)]
        assert merkle.root(map(root_of, blocks)) == root_of(leaves)


class TestPath:
    def test_is_that_of_a_published_vector(self) -> None:
        way = merkle.path([merkle.leaf(each) for each in LEAVES], 0)
        assert [each.hex() for each in way] == [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ]

    @given(st.lists(st.binary(max_size=3), min_size=1, max_size=70), st.data())
    def test_verifies_for_its_leaf_and_place_alone(
        self, leaves: list[bytes], data: st.DataObject
    ) -> None:
        size, top = len(leaves), root_of(leaves)
        index = data.draw(st.integers(0, size - 1))
        way = merkle.path([merkle.leaf(each) for each in leaves], index)
        assert merkle.verifies(leaves[index], index, size, way, top)
        assert not merkle.verifies(leaves[index] + b"x", index, size, way, top)
        assert not merkle.verifies(leaves[index], index, size, [*way, top], top)
        if way:
            assert not merkle.verifies(leaves[index], index, size, way[:-1], top)

    def test_of_no_leaf_is_an_error(self) -> None:
        with pytest.raises(IndexError):
            merkle.path([merkle.EMPTY], 1)
        assert not merkle.verifies(b"", 1, 1, [], merkle.leaf(b""))

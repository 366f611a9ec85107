"""Merkle trees of RFC 9162, section 2.1, over SHA-256: pure, and small enough to be copied.

A leaf is hashed with 0x00 before it and a pair of nodes with 0x01, so that no leaf can pass for a
node. Of n leaves the left subtree has the largest power of two below n.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()


def leaf(data: bytes) -> bytes:
    """The node of one leaf."""
    return sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The node above two others."""
    return sha256(b"\x01" + left + right).digest()


def root(nodes: Iterable[bytes]) -> bytes:
    """The root over nodes of one height, in one pass.

    They are leaves' nodes, or those of full subtrees of 2^k leaves, the last of which may be
    smaller.
    """
    stack: list[tuple[int, bytes]] = []
    for each in nodes:
        height, top = 0, each
        while stack and stack[-1][0] == height:
            top = node(stack.pop()[1], top)
            height += 1
        stack.append((height, top))
    if not stack:
        return EMPTY
    top = stack.pop()[1]
    while stack:
        top = node(stack.pop()[1], top)
    return top


def path(nodes: Sequence[bytes], index: int) -> list[bytes]:
    """The nodes beside the way from `nodes[index]` to the root, the lowest first."""
    if not 0 <= index < len(nodes):
        raise IndexError(index)
    if len(nodes) == 1:
        return []
    split = 1 << (len(nodes) - 1).bit_length() - 1
    if index < split:
        return [*path(nodes[:split], index), root(nodes[split:])]
    return [*path(nodes[split:], index - split), root(nodes[:split])]


def verifies(data: bytes, index: int, size: int, way: Sequence[bytes], top: bytes) -> bool:
    """Whether `data` is leaf `index` of the `size` under the root `top` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf(data)
    for beside in way:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node(beside, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node(found, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and found == top

"""Where Redis keeps what: every key of one decision carries the same hash tag."""

from typing import Final, NamedTuple

from ratelimit.rules.policies import Concurrency, Policy, Rate, Window, kept_as

KINDS: Final = {Rate: "rate", Window: "window", Concurrency: "leases"}
# The hash of a tag lives for eight days after its last use: no debt in it may last longer.
_LONGEST_IN_HASH_MS: Final = 7 * 86_400_000


class Location(NamedTuple):
    """Where one policy's state for one subject is.

    Rates and windows have a value: a `field` of the tag's hash, or a key of its own (`value`). A
    window's charges and the leases of a concurrency limit are a `collection`.
    """

    kind: str
    field: str
    value: str
    collection: str


def locate(tag: str, policy: Policy, key: str) -> Location:
    """Where this policy's state is kept for the subject `key`."""
    kind = KINDS[type(policy)]
    name = f"{kept_as(policy)}:{key}"
    if isinstance(policy, Concurrency):
        return Location(kind, "", "", f"{_tagged(tag)}:leases:{name}")
    collection = f"{_tagged(tag)}:charges:{name}" if isinstance(policy, Window) else ""
    if policy.few_subjects and policy.window_ms <= _LONGEST_IN_HASH_MS:
        return Location(kind, f"{kind}:{name}", "", collection)
    return Location(kind, "", f"{_tagged(tag)}:{kind}:{name}", collection)


def hash_key(tag: str) -> str:
    """The hash with the organisation's epoch and the values whose subjects are few."""
    return f"{_tagged(tag)}:limits"


def seen_key(tag: str, key: str) -> str:
    """A set of members that were seen."""
    return f"{_tagged(tag)}:seen:{key}"


def _tagged(tag: str) -> str:
    # Redis Cluster places a key by the text between its first braces.
    if not tag or "{" in tag or "}" in tag:
        raise ValueError(f"A hash tag is not empty and has no braces: {tag!r}")
    return f"{{{tag}}}"

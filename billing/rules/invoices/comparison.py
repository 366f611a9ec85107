"""A month's statements against what the collector holds, tolerance nought."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Ours:
    """A statement that comes to something, and its invoice; `state` is empty if it has none.

    `total_minor` is before tax; the other sums are with it.
    """

    statement_id: str
    number: str
    state: str
    external_id: str
    currency: str
    total_minor: int
    paid_minor: int
    credited_minor: int
    refunded_minor: int


@dataclass(frozen=True, slots=True)
class Theirs:
    """An invoice at the collector; `status` is its word, `subtotal_minor` before tax."""

    statement_id: str
    external_id: str
    status: str
    currency: str
    subtotal_minor: int
    paid_minor: int
    credited_minor: int
    refunded_minor: int


@dataclass(frozen=True, slots=True)
class Difference:
    """`kind`: missing, extra, duplicate, amount, currency, state, paid, credited, refunded or
    manual."""

    kind: str
    statement: str
    number: str
    ours: str
    theirs: str

    def content(self) -> dict[str, Any]:
        return asdict(self)


# What the collector may say of an invoice that stands so with us.
_AGREES: Mapping[str, frozenset[str]] = {
    "created": frozenset({"draft"}),
    "lines": frozenset({"draft"}),
    "verified": frozenset({"draft"}),
    "finalised": frozenset({"open"}),
    "failed": frozenset({"open", "uncollectible"}),
    "paid": frozenset({"paid"}),
    "void": frozenset({"void"}),
}
# Before, none is paid; what is void is asked of nobody, and its notes went with it.
_SETTLED = frozenset({"finalised", "failed", "paid"})


def compare(ours: Iterable[Ours], theirs: Iterable[Theirs]) -> list[Difference]:
    """Every difference, by statement; void invoices of theirs count only where ours is void."""
    wanted = {each.statement_id: each for each in ours}
    held: dict[str, list[Theirs]] = {}
    for each in theirs:
        held.setdefault(each.statement_id, []).append(each)
    found: list[Difference] = []
    for statement_id in sorted(wanted.keys() | held.keys()):
        found += _of_one(wanted.get(statement_id), held.get(statement_id, []))
    return found


def kinds(differences: Iterable[Difference]) -> dict[str, int]:
    return dict(Counter(each.kind for each in differences))


def _of_one(ours: Ours | None, theirs: list[Theirs]) -> list[Difference]:
    alive = [each for each in theirs if each.status != "void"]
    if ours is None:
        return [_extra(each) for each in alive]
    name = (ours.statement_id, ours.number)
    if len(alive) > 1:
        names = ", ".join(each.external_id for each in alive)
        return [Difference("duplicate", *name, ours.external_id, names)]
    own = [each for each in theirs if each.external_id == ours.external_id] or alive
    if not own:
        return [] if ours.state in {"void", "created"} else [_missing(ours)]
    return _of_pair(ours, own[0])


def _of_pair(ours: Ours, theirs: Theirs) -> list[Difference]:
    name = (ours.statement_id, ours.number)
    found = []
    if ours.currency != theirs.currency:
        found.append(Difference("currency", *name, ours.currency, theirs.currency))
    # A draft may lack lines that are still to be sent; what is void is asked of nobody.
    whole = ours.state not in {"created", "void"}
    if whole and ours.total_minor != theirs.subtotal_minor:
        amounts = (str(ours.total_minor), str(theirs.subtotal_minor))
        found.append(Difference("amount", *name, *amounts))
    if theirs.status not in _AGREES.get(ours.state, frozenset()):
        found.append(Difference("state", *name, ours.state or "none", theirs.status))
    if ours.state in _SETTLED:
        found += _of_sums(ours, theirs)
    return found


def _of_sums(ours: Ours, theirs: Theirs) -> Iterator[Difference]:
    """What has become of the money since it was asked for."""
    sums = {
        "paid": (ours.paid_minor, theirs.paid_minor),
        "credited": (ours.credited_minor, theirs.credited_minor),
        "refunded": (ours.refunded_minor, theirs.refunded_minor),
    }
    for kind, (here, there) in sums.items():
        if here != there:
            yield Difference(kind, ours.statement_id, ours.number, str(here), str(there))


def _missing(ours: Ours) -> Difference:
    said = f"{ours.total_minor} {ours.currency}, {ours.state or 'no invoice'}"
    return Difference("missing", ours.statement_id, ours.number, said, "")


def _extra(theirs: Theirs) -> Difference:
    said = f"{theirs.external_id}: {theirs.subtotal_minor} {theirs.currency}, {theirs.status}"
    return Difference("extra", theirs.statement_id, "", "", said)

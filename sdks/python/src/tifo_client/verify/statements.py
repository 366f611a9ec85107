"""Recompute statements from their export, without a server: `python statements.py export.json`.

Needs Python alone. Hashes, the chain of months, quantities, lines, totals, corrections and the
Merkle tree (RFC 9162) are made anew, or of a proof its path of hashes.
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import Any


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def root(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) < 2:
        return sha256(b"\0", leaves[0]) if leaves else sha256()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1", root(leaves[:half]), root(leaves[half:]))


def climb(leaf: bytes, index: int, size: int, path: Sequence[str]) -> bytes:
    """The root over `size` leaves to which the path leads from the leaf of this number."""
    if size == 1:
        return b"" if path or index else sha256(b"\0", leaf)
    half, step = 1 << (size - 1).bit_length() - 1, bytes.fromhex(path[-1])
    if index < half:
        return sha256(b"\1", climb(leaf, index, half, path[:-1]), step)
    return sha256(b"\1", step, climb(leaf, index - half, size - half, path[:-1]))


def cost(price: dict[str, Any], many: Fraction, at_least: int | None = None) -> Fraction:
    """What `many` units cost, by the price's mode; `at_least`: the first of a chosen tier."""
    ended = [band for band in price["bands"] if band["last"] is not None and band["last"] < many]
    own: dict[str, Any] = price["bands"][len(ended)]
    takes = [(own, many)]
    if price["mode"] == "graduated":
        takes = [(band, Fraction(band["last"]) - max(band["first"] - 1, 0)) for band in ended]
        takes.append((own, many - max(own["first"] - 1, 0)))
    elif at_least is not None and many < at_least:
        chosen = next(b for b in price["bands"] if b["last"] is None or at_least <= b["last"])
        takes.append((chosen, many))
    if price["mode"] == "volume_floor":
        takes += [(band, Fraction(band["last"])) for band in ended]
    per = int(price["per"])
    amounts = [Fraction(b["unit_price"]) * n / per + Fraction(b["flat"]) for b, n in takes]
    return sum(amounts, Fraction(0)) if price["mode"] == "graduated" else max(amounts)


def lines(content: dict[str, Any]) -> list[tuple[str, Fraction, int]]:  # noqa: C901  (a month, read from top to bottom)
    """Each line's key, exact amount, and what is charged in minor units, in their order."""
    scale, step = 10 ** content["minor_digits"], content["minor_step"]
    made: list[tuple[str, Fraction, int]] = []

    def add(key: str, amount: Fraction) -> None:
        minor = int((2 * abs(amount) * scale / step + 1) // 2) * step  # half away from zero
        made.append((key, amount, minor if amount >= 0 else -minor))

    def left() -> int:
        return sum(minor for *_, minor in made)

    parts = content["segments"]
    days = [(date.fromisoformat(p["end"]) - date.fromisoformat(p["start"])).days for p in parts]
    for at, price in [(at, price) for at, part in enumerate(parts) for price in part["prices"]]:
        meter = price["meter"]
        many = [Fraction(p["quantities"].get(meter, "0")) for p in parts]
        before, whole = sum(many[:at], Fraction(0)), sum(many, Fraction(0))
        if price["mode"] == "graduated":
            amount = cost(price, before + many[at]) - (cost(price, before) if at else 0)
        else:
            least = content["minimum_band_unit"] if meter == "mau" else None
            share = many[at] / whole if whole else Fraction(days[at], sum(days))
            amount = share * cost(price, whole, least)
        add(f"{meter}:{at}", amount)
    usage, used = made.copy(), left()
    for i, each in enumerate(content["adjustments"]):
        off = Fraction(each["percent"]) / 100 * used
        add(f"service_credit:{i}", -min(off, Fraction(left())) / scale)
    credited = left()
    for i, part in enumerate(parts):
        own = sum(minor for key, _, minor in usage if key.endswith(f":{i}"))
        if (off := Fraction(part["discount_percent"]) / 100) and used:
            add(f"discount:{i}", -min(off * own * credited / used, Fraction(left())) / scale)
    short = content["minimum_commitment_minor"] - left()
    for each in content["credits"]:
        if spent := min(each["available_minor"], left()):
            add(f"credit:{each['id']}", Fraction(-spent, scale))
    if short > 0:
        add("commitment", Fraction(short, scale))
    for each in content["corrections"]:
        if (owed := each["amount_minor"]) > 0:
            add(f"correction:{each['id']}", Fraction(0 if each["waived"] else owed, scale))
    return made


def charges(content: dict[str, Any]) -> int:
    return sum(minor for *_, minor in lines(content | {"credits": [], "corrections": []}))


def quantities(content: dict[str, Any]) -> dict[str, Fraction]:
    """How many of each meter all segments charge for."""
    found: dict[str, Fraction] = {}
    for meter, many in (each for p in content["segments"] for each in p["quantities"].items()):
        found[meter] = found.get(meter, Fraction(0)) + Fraction(many)
    return found


def wholeness(content: dict[str, Any]) -> Iterator[str]:
    """Whether the users, the days and the bands of each price are all there, and once."""
    if (counted := content["users"]["count"]) != (many := quantities(content).get("mau", 0)):
        yield f"users: {counted} were counted, and {many} are charged for"
    parts, first = content["segments"], date.fromisoformat(f"{content['month']}-01")
    month = [first.isoformat(), (first + timedelta(days=32)).replace(day=1).isoformat()]
    if [p["start"] for p in parts] + month[1:] != month[:1] + [p["end"] for p in parts]:
        yield "segments: are not the days of the month"
    if [content["period"][edge] for edge in ("start", "end")] != [f"{d}T00:00:00Z" for d in month]:
        yield "period: is not the month"
    for bands in (price["bands"] for part in parts for price in part["prices"]):
        if [b["first"] - 1 for b in bands] + [None] != [-1] + [b["last"] for b in bands]:
            yield f"segments: the bands from {[b['first'] for b in bands]} have a gap or overlap"


def statement(content: dict[str, Any], export: dict[str, Any]) -> Iterator[str]:
    told = [(e["key"], Fraction(e["unrounded"]), e["amount_minor"]) for e in content["lines"]]
    pairs = enumerate(zip_longest(told, own := lines(content)))
    yield from (f"lines: number {i} says {a}, recomputed {b}" for i, (a, b) in pairs if a != b)
    if content["total_minor"] != (total := sum(minor for *_, minor in own)):
        yield f"total_minor: says {content['total_minor']}, recomputed {total}"
    users = content["users"]
    used = {each["meter"]: Fraction(each["quantity"]) for each in content["usage"]}
    for meter in sorted({"mau", *used, *(charged := quantities(content))}):
        many = charged.get(meter, Fraction(0))
        if used.get(meter, 0) != many:
            yield f"usage: {meter} says {used.get(meter)}, and {many} are charged for"
    yield from wholeness(content)
    made = {c["hash"]: c["content"] for c in export["corrections"]}
    for c in content["corrections"]:
        names, own_document = ("id", "amount_minor", "waived", "currency"), made.get(c["hash"], {})
        if any(c.get(name) != own_document.get(name) for name in names):
            yield f"corrections: {c['id']} is not as its document says, or that is missing"
        charged_for = c["amount_minor"] > 0 and not c["waived"]
        if charged_for and c.get("currency", content["currency"]) != content["currency"]:
            yield f"corrections: {c['id']} is in another currency"
    if (mine := export["users"].get(content["month"])) is not None:
        leaves = sorted(set(map(bytes.fromhex, mine)))
        if [*map(bytes.hex, leaves)] != mine or len(mine) != users["count"]:
            yield f"users: {users['count']} were counted, not {len(leaves)}, each once and in order"
        if root(leaves).hex() != users["root"]:
            yield "users: the hashes do not make the root"


def correction(content: dict[str, Any], export: dict[str, Any]) -> Iterator[str]:
    if content["after_minor"] != (own := charges(content["inputs"])):
        yield f"after_minor: says {content['after_minor']}, recomputed {own}"
    if content["amount_minor"] != content["after_minor"] - content["before_minor"]:
        yield "amount_minor: is not what changed"
    if content.get("currency", (unit := content["inputs"]["currency"])) != unit:
        yield "currency: is not that of the inputs"
    of = [s for s in export["statements"] if s["content"]["month"] == content["month"]]
    if of and of[0]["hash"] != content["statement_hash"]:
        yield "statement_hash: is not that of the month's statement"
    elif of:
        yield from corrected(content, of[0]["content"], export["corrections"])


def corrected(
    content: dict[str, Any], of: dict[str, Any], all_made: list[dict[str, Any]]
) -> Iterator[str]:
    """What else than late usage and service credits a correction has changed of its statement."""
    inputs, made = content["inputs"], [each["content"] for each in all_made]
    same = [c for c in made if c["statement"] == content["statement"] and not c["waived"]]
    before = sum(c["amount_minor"] for c in same if c["correction"] < content["correction"])
    if content["before_minor"] != (before := before + charges(of)):
        yield f"before_minor: says {content['before_minor']}, billed {before}"
    now, then = ([p | {"quantities": {}} for p in each["segments"]] for each in (inputs, of))
    new = {"credits": [], "corrections": [], "segments": then, "adjustments": inputs["adjustments"]}
    if inputs | {"segments": now} != {name: (of | new)[name] for name in inputs}:
        yield "inputs: are not those of the statement"
    if any(each not in inputs["adjustments"] for each in of["adjustments"]):
        yield "inputs: lack a service credit of the statement"
    have, had = quantities(inputs), quantities(of)
    for meter in sorted({*have, *had, *content["late"]}):
        late, old = Fraction(content["late"].get(meter, "0")), had.get(meter, Fraction(0))
        if have.get(meter, 0) not in (old + late, max(old, late)):  # of some the largest counts
            yield f"inputs: {have.get(meter)} of {meter} are not {old} and {late} late"


def document(said: dict[str, Any], before: str | None, export: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a statement or a correction, each with the member's name first."""
    content, members = said["content"], said["members"]
    for name in sorted({*content, *members, *said} - {"content", "hash", "members"}):
        if name not in content or members.get(name) != sha256(canonical(content[name])).hex():
            yield f"{name}: is not what was hashed"
    if sha256(canonical(content)).hex() != said["hash"]:
        yield "hash: is not the content's"
    if before and content.get("previous_hash", before) != before:
        yield "previous_hash: is not that of the statement before"
    yield from (correction if "inputs" in content else statement)(content, export)


def verify(data: bytes) -> Iterator[str]:
    """All that is wrong with a file, each with its statement and the member."""
    text, name, before = data.decode(errors="replace"), "file", None
    try:
        own = canonical(export := json.loads(text))
        schema = export.get("schema") if isinstance(export, dict) else None
        if schema not in ("tifo.export/1", "tifo.proof/1"):
            raise ValueError(f"schema: {schema!r} is not known: this is no export and no proof")
        if own != data:
            at = next(i for i, (a, b) in enumerate(zip_longest(own, data)) if a != b)
            text = data[: at + 12].decode(errors="replace")
            raise ValueError(f"byte {at}: not as exported")
        if schema == "tifo.proof/1":
            leaf, path = bytes.fromhex(export["user"]), export["path"]
            if climb(leaf, export["index"], export["size"], path).hex() != export["root"]:
                yield "proof: the path does not lead from the user to the root"
            return
        for month in export["users"].keys() - {s["content"]["month"] for s in export["statements"]}:
            yield f"users: there is no statement of {month}"
        for i, said in enumerate([*export["statements"], *export["corrections"]], 1):
            name = f"document {i}, {said['content']['number']}"
            yield from (f"{name}: {each}" for each in document(said, before, export))
            before = said["hash"]
    except Exception as error:  # noqa: BLE001  (whatever a changed file makes happen is told)
        so_far = text[: getattr(error, "pos", len(text)) + 12]
        near = so_far.count('{"content":'), re.findall(r'"(\w+)":', so_far)[-2:]
        yield f"{name}: document {near[0]}, near {near[1]}, cannot be read: {error!r}"


def main(files: Sequence[str]) -> int:
    wrong = [f"{file}: {each}" for file in files for each in verify(Path(file).read_bytes())]
    print("\n".join(wrong) or f"Recomputed, and right to the byte: {', '.join(files)}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if sys.argv[1:] else __doc__)

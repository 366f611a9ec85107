"""A platform that has grown to a number of organisations, and one decision made there.

Lives in a process of its own, with a database and a Redis of its own: see `bench.figures.growth`.
"""

import asyncio
import os
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.db import connection, models

from bench.peers.api_keys import api_keys
from bench.peers.drf import Throttles
from gateway.admission import charging
from gateway.admission.steps import admit
from gateway.callers.authentication import from_token
from gateway.operations import reads
from ratelimit.protocol.wire import Epoch, Plan
from ratelimit.rules import Charge
from ratelimit.store import AsyncStore
from tenants.limits import Algorithm, Cost, LimitScope
from tenants.models import ApiKey, Limit, Organisation, Tier, TierVersion
from tenants.queries import credential
from tenants.rules import SECRET_LENGTH, build_token, fingerprint, preview

IN_USE: Final = 5_000  # keys, evenly over the organisations: as many, however large the platform
MOMENT: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OPERATION: Final = reads("usage:read")
HOUR_MS = 3_600_000
PLENTY = 10**6  # requests an hour
SPENT = PLENTY // 2  # before we measure, so that nobody's state fades meanwhile
AT_ONCE = 1_000

_ours: list[str] = []
_theirs: list[str] = []


def settle(organisations: int, keys: int) -> int:
    """Fill the database with keys of ours and theirs, Redis with each organisation's state.

    Afterwards this process knows the keys in use; returns its id.
    """
    call_command("migrate", verbosity=0, run_syncdb=True, skip_checks=True)
    _ours[:] = _settle_ours(organisations, keys)
    _theirs[:] = _settle_theirs(keys)
    with connection.cursor() as cursor:
        for chore in ("VACUUM ANALYZE", "CHECKPOINT"):
            cursor.execute(chore)  # or the server would do it by itself while we measure
    caller = from_token(_ours[0], now=MOMENT)
    asyncio.run(_spend(charging.charges(caller, {Cost.REQUESTS: SPENT}), organisations))
    _decide(_ours)
    return os.getpid()


def decide(number: int) -> None:
    """Decide so many calls, of keys that this process knows."""
    _decide(random.choices(_ours, k=number))


def read(number: int) -> None:
    """Read so many keys, as for the first call of each."""
    for token in random.choices(_ours, k=number):
        assert credential(fingerprint(token, settings.KEY_PEPPER), MOMENT)


def decide_theirs(number: int) -> None:
    """Decide as many calls the peer's way."""
    valid = api_keys().objects.is_valid
    throttles = Throttles(settings.REDIS_URL, [(Cost.REQUESTS, f"{PLENTY}/s")])
    for key in random.choices(_theirs, k=number):
        assert valid(key)
        assert throttles.admit(key.partition(".")[0])
    throttles.close()


def _decide(tokens: Iterable[str]) -> None:
    for token in tokens:
        admit(from_token(token, now=MOMENT), OPERATION, now=MOMENT)


def _settle_ours(organisations: int, keys: int) -> list[str]:
    tokens = [build_token(f"{number:0{SECRET_LENGTH}}", livemode=True) for number in range(IN_USE)]
    owner = Organisation(id="org_0", name="Terrace", tier=_tier(), created_at=MOMENT)
    key = ApiKey(
        id="key_0",
        organisation=owner,
        name="Key",
        livemode=True,
        scopes=[OPERATION.scope],
        preview=preview(tokens[0]),
        created_at=MOMENT,
        last_used_at=MOMENT,
    )
    owner.save()
    key.save()
    repeat(owner, organisations - 1, {"id": "'org_' || n"})
    repeat(
        key,
        keys,
        {
            "id": "to_char(n, '\"key_\"FM0000000')",
            "organisation_id": f"'org_' || (n - 1) / {keys // organisations}",
            "fingerprint": "to_char(n, 'FM0000000') || repeat('0', 57)",
        },
        {"fingerprint": [fingerprint(token, settings.KEY_PEPPER) for token in tokens]},
    )
    return tokens


def _settle_theirs(keys: int) -> list[str]:
    objects = api_keys().objects
    tokens, prefixes, hashes = zip(
        *(objects.key_generator.generate() for _ in range(IN_USE)), strict=True
    )
    key, _ = objects.create_key(name="Key")
    prefix = "lpad(to_hex(n), 8, '.')"
    hashed = "'sha512$$' || repeat(md5(n::text), 4)"
    repeat(
        key,
        keys,
        {"id": f"{prefix} || '.' || {hashed}", "prefix": prefix, "hashed_key": hashed},
        {
            "id": [".".join(parts) for parts in zip(prefixes, hashes, strict=True)],
            "prefix": prefixes,
            "hashed_key": hashes,
        },
    )
    return list(tokens)


def _tier() -> Tier:
    """Two limits of a rate, an organisation's and a key's, which nobody here reaches."""
    tier = Tier.objects.create(slug="wide", name="Wide", position=9)
    version = TierVersion.objects.create(tier=tier, number=1, effective_at=MOMENT, mau_from=0)
    common = {
        "algorithm": Algorithm.RATE,
        "unit": "request",
        "per_ms": HOUR_MS,
        "counts": Cost.REQUESTS,
    }
    for name, scope in ((Cost.REQUESTS, LimitScope.ORGANISATION), ("key_requests", LimitScope.KEY)):
        Limit.objects.create(
            version=version, name=name, scope=scope, quantity=PLENTY, burst=PLENTY, **common
        )
    return tier


async def _spend(charges: list[Charge], organisations: int) -> None:
    """The same decision for each organisation, many at once."""
    store = AsyncStore(settings.REDIS_URL)
    for first in range(0, organisations, AT_ONCE):
        some = range(first, min(first + AT_ONCE, organisations))
        plans = [Plan(f"org_{number}", charges) for number in some]
        answers = await asyncio.gather(
            *(store.decide(plan, epoch=Epoch(1, fresh=True)) for plan in plans)
        )
        assert all(answer.admitted for answer in answers)
    await store.aclose()


def repeat(
    row: models.Model,
    count: int,
    columns: Mapping[str, str],
    used: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Rows like this one, but for `columns`: SQL over the number `n` of a row, from 1 to `count`.

    `used` gives some of these columns other values for as many rows, spread evenly over all.
    """
    used = used or {"nothing": []}
    step = count // max(len(each) for each in used.values()) if any(used.values()) else 1
    table = row._meta.db_table
    names = [field.column or "" for field in row._meta.concrete_fields]
    values = [columns.get(name, f"a.{name}") for name in names]
    values = [
        f"coalesce(used.{name}, {value})" if name in used else value
        for name, value in zip(names, values, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # trusts our foreign keys
        cursor.execute(
            f"""INSERT INTO {table} ({", ".join(names)}) SELECT {", ".join(values)}
            FROM {table} a CROSS JOIN generate_series(1, {count}) n
            LEFT JOIN unnest({", ".join("%s::text[]" for _ in used)})
            WITH ORDINALITY used({", ".join(used)}, nth) ON n = used.nth * {step}
            WHERE a.id = %s""",
            [*(list(each) for each in used.values()), row.pk],
        )
        cursor.execute("RESET session_replication_role")

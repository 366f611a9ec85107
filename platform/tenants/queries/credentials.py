"""Reads about organisations, their keys and the tier in force."""

import dataclasses
import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

from foundation.errors import NotFound
from tenants.limits import Algorithm, LimitScope
from tenants.models import ApiKey, ContractLimit, Limit, Organisation, TierVersion


@dataclass(frozen=True)
class LimitValue:
    """A limit as plain values: what `ratelimit` and the documents are built from.

    `counts` names the cost it counts; `routes` are the operations that it is for, all when empty.
    """

    name: str
    algorithm: Algorithm
    unit: str
    quantity: int
    per_ms: int
    burst: int
    counts: str
    scope: LimitScope = LimitScope.ORGANISATION
    routes: tuple[str, ...] = ()
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class WindowOffered:
    """A rolling window that some tier enforces, or will: what it counts, and its largest size."""

    counts: str
    unit: str
    per_ms: int
    quantity: int


Row = TypeVar("Row", bound=Model)
_FIELDS: Final = [field.name for field in dataclasses.fields(LimitValue)]


@dataclass(frozen=True, slots=True)
class Credential:
    """A key with all that decides what it may do, as of one state of its organisation.

    `next_version_at` is when the tier's next version takes force, if one is prepared; `windows` are
    those that the organisation may come to stand under. Nobody asked yet whether the key is active
    or the organisation suspended.
    """

    key: ApiKey
    organisation: Organisation
    tier: TierVersion
    limits: dict[str, LimitValue]
    epoch: int
    next_version_at: datetime | None
    windows: tuple[WindowOffered, ...] = ()


def credential(fingerprint: str, now: datetime) -> Credential | None:
    """What belongs to this secret's fingerprint at `now`; NotFound for a tier without a version."""
    return _credential("fingerprint", fingerprint, now)


def credential_of(key_id: str, now: datetime) -> Credential | None:
    """What belongs to the key of this id at `now`; NotFound for a tier without a version."""
    return _credential("id", key_id, now)


# Read for every key that a process does not know: to have it composed by the ORM each time would
# cost ten times as much. One statement, so that the epoch vouches for all that stands beside it.
_CREDENTIAL: Final = """
    SELECT {keys}, {organisations}, {versions},
        (SELECT min(effective_at) FROM tenants_tierversion
            WHERE tier_id = organisation.tier_id AND effective_at > %(now)s),
        (SELECT json_agg(agreed ORDER BY agreed.id) FROM tenants_contractlimit AS agreed
            WHERE agreed.organisation_id = organisation.id),
        (SELECT json_agg(offered) FROM ({windows}) AS offered)
    FROM tenants_apikey AS key
    JOIN tenants_organisation AS organisation ON organisation.id = key.organisation_id
    LEFT JOIN LATERAL
        (SELECT * FROM tenants_tierversion
            WHERE tier_id = organisation.tier_id AND effective_at <= %(now)s
            ORDER BY effective_at DESC, number DESC LIMIT 1) AS version ON true
    WHERE key.{by} = %(value)s
"""

# Those for a whole organisation and all its calls, of versions that are in force or will be.
_WINDOWS: Final = """
    SELECT coalesce(nullif(enforced.counts, ''), enforced.name) AS counts,
        min(enforced.unit) AS unit, enforced.per_ms, max(enforced.quantity) AS quantity
    FROM tenants_limit AS enforced
    JOIN tenants_tierversion AS of_version ON of_version.id = enforced.version_id
    WHERE enforced.algorithm = 'window' AND enforced.scope = 'organisation'
        AND enforced.routes = '{}' AND NOT enforced.shadow
        AND NOT EXISTS (
            SELECT FROM tenants_tierversion AS later
            WHERE later.tier_id = of_version.tier_id AND later.effective_at <= %(now)s
                AND (later.effective_at, later.number)
                    > (of_version.effective_at, of_version.number))
    GROUP BY 1, enforced.per_ms ORDER BY 1, enforced.per_ms
"""


def _credential(by: str, value: str, now: datetime) -> Credential | None:
    with connection.cursor() as cursor:
        cursor.execute(_statement(by), {"value": value, "now": now})
        row = cursor.fetchone()
    if row is None:
        return None
    cells = iter(row)
    key = _row(ApiKey, cells)
    organisation = _row(Organisation, cells)
    version = _row(TierVersion, cells)
    next_version_at, agreed, offered = cells
    if version.pk is None:
        raise NotFound(f"Tier {organisation.tier_id} has no version in force.")
    key.organisation = organisation
    every_limit = tier_limits(version) | _by_name(agreed or ())
    windows = tuple(WindowOffered(**each) for each in offered or ())
    return Credential(
        key, organisation, version, every_limit, organisation.epoch, next_version_at, windows
    )


@functools.cache
def _statement(by: str) -> str:
    def columns(model: type[Model], alias: str) -> str:
        return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)

    return _CREDENTIAL.format(
        keys=columns(ApiKey, "key"),
        organisations=columns(Organisation, "organisation"),
        versions=columns(TierVersion, "version"),
        windows=_WINDOWS,
        by=by,
    )


def _row(model: type[Row], cells: Iterator[Any]) -> Row:
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(connection.alias, names, list(islice(cells, len(names))))


def tier_version(tier_slug: str, now: datetime) -> TierVersion:
    """The version of the tier in force at `now`; raises NotFound for a tier without one."""
    version = (
        TierVersion.objects.filter(tier_id=tier_slug, effective_at__lte=now)
        .order_by("-effective_at", "-number")
        .first()
    )
    if version is None:
        raise NotFound(f"Tier {tier_slug} has no version in force.")
    return version


def limits(organisation: Organisation, version: TierVersion) -> dict[str, LimitValue]:
    """Every limit of the organisation by name: the tier's, then its contract's."""
    agreed = ContractLimit.objects.filter(organisation=organisation).order_by("pk")
    return tier_limits(version) | _by_name(agreed.values(*_FIELDS))


def tier_limits(version: TierVersion) -> dict[str, LimitValue]:
    """The tier's published limits by name."""
    return _tier_limits(version.pk)


@functools.lru_cache(maxsize=256)
def _tier_limits(version_pk: int) -> dict[str, LimitValue]:
    # A published version never changes, so its limits may be kept for the life of the process.
    rows = Limit.objects.filter(version_id=version_pk).order_by("pk")
    return _by_name(rows.values(*_FIELDS))


def _by_name(rows: Iterable[Mapping[str, Any]]) -> dict[str, LimitValue]:
    return {row["name"]: _value(row) for row in rows}


def _value(row: Mapping[str, Any]) -> LimitValue:
    named = {field: row[field] for field in _FIELDS}
    told = {
        "algorithm": Algorithm(row["algorithm"]),
        "counts": row["counts"] or row["name"],
        "scope": LimitScope(row["scope"]),
        "routes": tuple(row["routes"]),
    }
    return LimitValue(**named | told)


def keys(organisation: Organisation, *, livemode: bool | None = None) -> QuerySet[ApiKey]:
    """The organisation's keys for programs; kiosk credentials are listed with their kiosks."""
    rows = organisation.keys.filter(kiosk_id="")
    return rows if livemode is None else rows.filter(livemode=livemode)


def key(organisation: Organisation, key_id: str) -> ApiKey:
    """The organisation's key, or NotFound: a foreign id and an absent id look the same."""
    found = keys(organisation).filter(pk=key_id).first()
    if found is None:
        raise NotFound(f"No API key {key_id}.")
    return found

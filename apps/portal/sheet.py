"""The published numbers in words, as a person reads them on a page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from billing.queries.prices import TierPrice, tier_prices
from recordings.limits import limits_of
from tenants.limits import Algorithm, LimitScope
from tenants.models import TierVersion
from tenants.offers import Offer, next_change_at
from tenants.queries import LimitValue

_SPANS: Final = {1_000: "a second", 60_000: "a minute", 3_600_000: "an hour", 86_400_000: "a day"}
_WHOSE: Final = {
    LimitScope.KEY: " for each key",
    LimitScope.ROUTE: " for each operation",
    LimitScope.END_USER: " for each fan",
}


def sheet(offers: Sequence[Offer], now: datetime) -> list[tuple[str, list[str]]]:
    """Every published number as rows of text: what it is, and each tier's own."""
    versions = [offer.version for offer in offers]
    prices = tier_prices(offers, now)
    names = dict.fromkeys(name for offer in offers for name in offer.limits)
    changes = [next_change_at(version, now) for version in versions]
    rows = [
        ("Active users a month", [_users(version) for version in versions]),
        ("Price of an active user", [_price(offer, prices[offer.tier.pk]) for offer in offers]),
        *((_title(name), [_told(offer, name) for offer in offers]) for name in names),
        ("Longest recording", [_length(version) for version in versions]),
        ("Largest recording", [_size(version) for version in versions]),
        ("Jobs at the same time, in each queue", [f"{v.jobs_at_once:,}" for v in versions]),
        ("Weight of its jobs while others wait", [f"{v.job_weight:,}" for v in versions]),
        ("Largest input of a job", [_bytes(version.input_bytes_max) for version in versions]),
        ("Types of inputs", [", ".join(version.input_types) for version in versions]),
        ("Largest model file", [_bytes(version.model_bytes_max) for version in versions]),
        ("Transformers in the cloud", [_below(v.transformer_parameters_below) for v in versions]),
        ("Models at the edge", [_at_the_edge(version) for version in versions]),
        ("Models on a device", [_below(v.device_parameters_below) for v in versions]),
        ("Files of a model that runs", [_files_of_a_model(version) for version in versions]),
    ]
    if any(changes):
        rows.append(("Next change", [_moment(change) for change in changes]))
    return rows


def words(limit: LimitValue) -> str:
    """The limit as a person says it: "10 a second, 20 at once"."""
    many = f"{limit.quantity:,}"
    if limit.algorithm == Algorithm.CONCURRENCY:
        told = f"{many} at the same time"
    elif limit.algorithm == Algorithm.WINDOW:
        told = f"{many} in any {_span(limit.per_ms)}"
    else:
        told = rate_words(limit.quantity, limit.per_ms, limit.burst)
    whose = _WHOSE.get(limit.scope, "")
    where = f", on {' and '.join(limit.routes)}" if limit.routes else ""
    return told + whose + where


def rate_words(quantity: int, per_ms: int, burst: int) -> str:
    """A rate as a person says it."""
    span = _SPANS.get(per_ms) or f"every {_span(per_ms)}"
    return f"{quantity:,} {span}, {burst:,} at once"


def _told(offer: Offer, name: str) -> str:
    return words(offer.limits[name]) if name in offer.limits else "no limit"


def _users(version: TierVersion) -> str:
    last = "and more" if version.mau_to is None else f"to {version.mau_to:,}"
    return f"{version.mau_from:,} {last}"


def _price(offer: Offer, cost: TierPrice) -> str:
    amount = cost.price_per_mau.normalize()
    price = f"{amount:f} {cost.currency.upper()}" if amount else "free"
    return f"{price}, with an SLA" if offer.version.sla else price


def _length(version: TierVersion) -> str:
    return _span(version.recording_seconds_max * 1_000)


def _size(version: TierVersion) -> str:
    return _bytes(limits_of(version).bytes)


def _bytes(size: int) -> str:
    """The size in the largest unit of which there is a whole one."""
    return f"{size / 1024**3:,.4g} GiB" if size >= 1024**3 else f"{size / 1024**2:,.4g} MiB"


def _below(parameters: int) -> str:
    return f"below {_many(parameters)} parameters"


def _at_the_edge(version: TierVersion) -> str:
    quantised = ", quantised" if version.edge_quantised_only else ""
    return f"up to {_many(version.edge_parameters_max)} parameters{quantised}"


def _files_of_a_model(version: TierVersion) -> str:
    cloud, edge, device = (
        _bytes(most)
        for most in (version.cloud_bytes_max, version.edge_bytes_max, version.device_bytes_max)
    )
    return f"to {cloud} in the cloud, {edge} at the edge, {device} on a device"


def _many(number: int) -> str:
    for size, word in ((10**9, "billion"), (10**6, "million")):
        if number >= size:
            return f"{number / size:g} {word}"
    return f"{number:,}"


def _moment(change: datetime | None) -> str:
    return f"{change:%Y-%m-%d %H:%M} UTC" if change else "none announced"


def _title(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").capitalize()


def _span(ms: int) -> str:
    hours, rest_of_hour = divmod(ms, 3_600_000)
    if not rest_of_hour:
        return "60 minutes" if hours == 1 else f"{hours} hours"
    minutes, rest_of_minute = divmod(ms, 60_000)
    return f"{ms / 1_000:g} s" if rest_of_minute or minutes == 1 else f"{minutes} minutes"

"""Reads about organisations, their keys, the tier in force, and those that were."""

from tenants.queries.credentials import (
    Credential,
    LimitValue,
    WindowOffered,
    credential,
    credential_of,
    key,
    keys,
    limits,
    tier_limits,
    tier_version,
)
from tenants.queries.tiers import (
    Growing,
    chosen_floors,
    chosen_in,
    growing,
    ladder,
    last_chosen,
    tiers_in,
)

__all__ = [
    "Credential",
    "Growing",
    "LimitValue",
    "WindowOffered",
    "chosen_floors",
    "chosen_in",
    "credential",
    "credential_of",
    "growing",
    "key",
    "keys",
    "ladder",
    "last_chosen",
    "limits",
    "tier_limits",
    "tier_version",
    "tiers_in",
]

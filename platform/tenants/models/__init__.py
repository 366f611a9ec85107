"""Organisations, members, API keys, and tiers as versioned data."""

from tenants.models.keys import ApiKey
from tenants.models.organisations import ContractLimit, Member, Organisation, TierChange
from tenants.models.tiers import Limit, LimitFields, Tier, TierVersion

__all__ = [
    "ApiKey",
    "ContractLimit",
    "Limit",
    "LimitFields",
    "Member",
    "Organisation",
    "Tier",
    "TierChange",
    "TierVersion",
]

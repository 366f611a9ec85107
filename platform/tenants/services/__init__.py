"""Writes: organisations and their members, the life of an API key, versions of tiers."""

"""Rows changed in the fields that were asked for, and in no others."""

from collections.abc import Mapping

from tenants.models import ApiKey, Organisation


def write(row: ApiKey | Organisation, changes: Mapping[str, object]) -> None:
    """Write these fields and no others, which somebody else may be writing."""
    for field, value in changes.items():
        setattr(row, field, value)
    row.save(update_fields=changes)

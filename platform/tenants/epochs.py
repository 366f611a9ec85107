"""An organisation's epoch: a number that grows with every change that admission depends on.

It grows in the change's own transaction, so whoever reads a row reads the epoch that belongs to it.
`changed` is sent after the commit and before the change is answered (`CHANGES_ARE_TOLD` names what
sees to that): a listener that spreads the number at once lets nobody be admitted by what was read
before.
"""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models.signals import post_delete, post_save
from django.dispatch import Signal
from django.utils.module_loading import import_string

from tenants.models import ApiKey, ContractLimit, Organisation

changed = Signal()
"""Sent with `organisation_id: str` and `epoch: int`."""

# Admission reads none of these: to be used or found in public changes nothing by itself.
_NOTES: Final = {"last_used_at", "leaked_at", "leaked_url"}


def bump(organisation_id: str) -> None:
    """Begin the organisation's next epoch; call it in the transaction that makes the change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tenants_organisation SET epoch = epoch + 1 WHERE id = %s RETURNING epoch",
            [organisation_id],
        )
        row = cursor.fetchone()
    if row is None:
        return  # The organisation went in this very transaction, and its keys before it.
    news = partial(changed.send_robust, Organisation, organisation_id=organisation_id, epoch=row[0])
    after_commit: Callable[[Callable[[], object]], None] = import_string(settings.CHANGES_ARE_TOLD)
    after_commit(news)


def listen() -> None:
    """Bump when such a row is saved or deleted, wherever that happens.

    A queryset's `update` sends no signal: whoever calls it bumps.
    """
    post_save.connect(_organisation_saved, sender=Organisation)
    post_save.connect(_key_saved, sender=ApiKey)
    post_save.connect(_part_changed, sender=ContractLimit)
    post_delete.connect(_part_changed, sender=ApiKey)
    post_delete.connect(_part_changed, sender=ContractLimit)


def _organisation_saved(instance: Organisation, *, created: bool, **_: Any) -> None:
    if not created:
        bump(instance.pk)


def _key_saved(
    instance: ApiKey, *, created: bool, update_fields: Collection[str] | None, **_: Any
) -> None:
    # Nobody can have kept anything of a key that is new.
    if not created and (update_fields is None or set(update_fields) - _NOTES):
        bump(instance.organisation_id)


def _part_changed(instance: ApiKey | ContractLimit, **_: Any) -> None:
    bump(instance.organisation_id)

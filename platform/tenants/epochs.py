"""An organisation's epoch: a number that grows with every change that admission depends on.

It grows in the change's own transaction, so whoever reads a row reads the epoch that belongs to it.
`changed` is sent after the commit and before the change is answered (`CHANGES_ARE_TOLD` names what
sees to that): a listener that spreads the number at once lets nobody be admitted by what was read
before.
"""

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any, Final, TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import Manager, Model, QuerySet
from django.db.models.signals import post_delete, post_save, pre_save
from django.db.transaction import atomic
from django.dispatch import Signal
from django.utils.module_loading import import_string

Row = TypeVar("Row", bound=Model)
changed = Signal()
"""Sent with `organisation_id: str` and `epoch: int`."""

# Admission reads none of these: to be used or found in public changes nothing by itself.
_NOTES: Final = {"last_used_at", "leaked_at", "leaked_url", "tier_month"}
_PLACE: Final = {"organisation", "organisation_id"}
_WAS_IN: Final = "_was_in"


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
    news = partial(changed.send_robust, None, organisation_id=organisation_id, epoch=row[0])
    after_commit: Callable[[Callable[[], object]], None] = import_string(settings.CHANGES_ARE_TOLD)
    after_commit(news)


class Telling(QuerySet[Row]):
    """Rows that tell of what is done to many of them at once, for which Django sends no signal."""

    def update(self, **changes: Any) -> int:
        """Change the rows, and begin the next epoch of each organisation that has one of them."""
        if set(changes) <= _NOTES:
            return super().update(**changes)
        with atomic(using=self.db):
            # Held, so that those that are told of are those that change.
            wanted = self.model._base_manager.filter(pk__in=self.order_by().values("pk"))
            held = wanted.select_for_update(no_key=True).order_by("pk")
            owners = dict(held.values_list("pk", self._owner))
            rows = self.model._base_manager.filter(pk__in=owners)
            count = QuerySet.update(rows, **changes)
            now = self.model._base_manager.filter(pk__in=owners)
            _bump_all({*owners.values(), *now.values_list(self._owner, flat=True)})
        return count

    def bulk_create(self, objs: Iterable[Row], *args: Any, **options: Any) -> list[Row]:
        """Make the rows, which may replace others or limits of the tier."""
        with atomic(using=self.db):
            made = super().bulk_create(objs, *args, **options)
            _bump_all({getattr(row, self._owner) for row in made})
        return made

    @property
    def _owner(self) -> str:
        return "organisation_id" if hasattr(self.model, "organisation_id") else "pk"


class TellingManager(Manager[Row]):
    """Written out, not made by `as_manager`, which the type checker forgets between its runs."""

    def get_queryset(self) -> Telling[Row]:
        return Telling(self.model, using=self._db)


def listen() -> None:
    """Bump when such a row is saved or deleted, wherever that happens.

    The models' own querysets (`Telling`) do so where Django sends no signal: nobody else needs to.
    """
    for model in ("tenants.ApiKey", "tenants.ContractLimit"):
        pre_save.connect(_note_where_it_was, sender=model)
    post_save.connect(_organisation_saved, sender="tenants.Organisation")
    post_save.connect(_key_saved, sender="tenants.ApiKey")
    post_save.connect(_part_changed, sender="tenants.ContractLimit")
    post_delete.connect(_part_changed, sender="tenants.ApiKey")
    post_delete.connect(_part_changed, sender="tenants.ContractLimit")


def _bump_all(organisation_ids: Iterable[str]) -> None:
    for organisation_id in sorted(organisation_ids):  # in one order, or two might wait in a ring
        bump(organisation_id)


def _organisation_saved(instance: Model, *, created: bool, **_: Any) -> None:
    if not created:
        bump(instance.pk)


def _note_where_it_was(
    sender: type[Model],
    instance: Any,
    update_fields: Collection[str] | None,
    **_: Any,
) -> None:
    """A row that moves takes something from one organisation and brings it to another."""
    if instance._state.adding or (update_fields is not None and _PLACE.isdisjoint(update_fields)):
        return
    rows = sender._base_manager.filter(pk=instance.pk)
    instance.__dict__[_WAS_IN] = rows.values_list("organisation_id", flat=True).first()


def _key_saved(
    instance: Any, *, created: bool, update_fields: Collection[str] | None, **_: Any
) -> None:
    # Nobody can have kept anything of a key that is new.
    if not created and (update_fields is None or set(update_fields) - _NOTES):
        _part_changed(instance)


def _part_changed(instance: Any, **_: Any) -> None:
    was_in = instance.__dict__.pop(_WAS_IN, None) or instance.organisation_id
    _bump_all({was_in, instance.organisation_id})

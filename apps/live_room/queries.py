"""Reads of clips and effects, always from the organisation."""

from django.db.models import QuerySet

from apps.live_room.models import Clip, Effect
from foundation.errors import NotFound
from recordings.queries import owned
from tenants.models import Organisation


def clips(organisation: Organisation, *, livemode: bool) -> QuerySet[Clip]:
    return owned(Clip.objects.all(), organisation, livemode=livemode)


def clip(organisation: Organisation, clip_id: str, *, livemode: bool) -> Clip:
    """The organisation's clip, or NotFound: a foreign id and an absent id look the same."""
    found = clips(organisation, livemode=livemode).filter(pk=clip_id).first()
    if found is None:
        raise NotFound(f"No clip {clip_id}.")
    return found


def effects(organisation: Organisation, *, livemode: bool) -> QuerySet[Effect]:
    return (
        organisation.effects.filter(livemode=livemode)
        .select_related("job")
        .prefetch_related("job__files")
    )


def effect(organisation: Organisation, effect_id: str, *, livemode: bool) -> Effect:
    """The organisation's effect, or NotFound."""
    found = effects(organisation, livemode=livemode).filter(pk=effect_id).first()
    if found is None:
        raise NotFound(f"No effect {effect_id}.")
    return found

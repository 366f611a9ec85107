"""Writes: clips in and out, and an effect with its job in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.live_room import rules
from apps.live_room.models import Clip, Effect
from foundation.ids import new_id
from jobs.api import PLAIN, Terms
from jobs.services import enqueue
from metering.meters import MeterName
from recordings import services as recordings
from recordings.models import Recording
from tenants.scopes import family

RENDER = "live_room.render"


@transaction.atomic
def create_clip(*, recording: Recording, now: datetime) -> Clip:
    """Make the recording a clip's own."""
    recordings.keep(recording)
    return Clip.objects.create(id=new_id("clp", now), recording=recording)


@transaction.atomic
def delete_clip(clip: Clip, *, now: datetime) -> None:
    """Remove the clip and its sound; results that were made of it keep their own end."""
    clip.delete()
    recordings.delete(clip.recording, now=now)


@transaction.atomic
def request_effect(
    *,
    clip: Clip,
    kind: str,
    name: str,
    parameters: Mapping[str, float],
    accelerator: str | None,
    container: str,
    charges: Sequence[dict[str, Any]],
    now: datetime,
    key_id: str = "",
    terms: Terms = PLAIN,
) -> Effect:
    """Record an admitted effect and enqueue its job, which meters one effect when it succeeds.

    `charges` is what the effect spent: given back if the platform fails the job; `key_id` asked.
    """
    job = enqueue(
        organisation=clip.recording.organisation,
        livemode=clip.recording.livemode,
        kind=RENDER,
        payload={
            "file": clip.recording.file_id,
            "kind": kind,
            "name": name,
            "parameters": dict(parameters),
            "container": container,
        },
        accelerator=accelerator or rules.PREFERRED[kind],
        expected_seconds=rules.expected_seconds(kind, clip.recording.duration_s),
        meter=MeterName.EFFECTS,
        quantity=1,
        charges=charges,
        key_id=key_id,
        family=family("effects:write"),
        now=now,
        **terms,
    )
    return Effect.objects.create(
        id=new_id("fx", now),
        organisation=clip.recording.organisation,
        livemode=clip.recording.livemode,
        clip=clip,
        kind=kind,
        name=name,
        parameters=dict(parameters),
        job=job,
        created_at=now,
    )

"""Writes: clips in and out, and an effect with its job in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.live_room import rules
from apps.live_room.models import Clip, Effect
from audio.files import Header
from foundation import files
from foundation.ids import new_id
from foundation.models import StoredFile
from jobs.services import enqueue
from metering.meters import Meter
from tenants.models import Organisation

RENDER = "live_room.render"


@transaction.atomic
def create_clip(
    *,
    organisation: Organisation,
    livemode: bool,
    name: str,
    file: StoredFile,
    header: Header,
    now: datetime,
) -> Clip:
    """Record the clip and make the file its own."""
    files.keep([file])
    return Clip.objects.create(
        id=new_id("clp", now),
        organisation=organisation,
        livemode=livemode,
        name=name,
        file=file,
        duration_s=header.duration,
        sample_rate=header.sample_rate,
        channels=header.channels,
        created_at=now,
    )


def correct_duration(file: StoredFile, seconds: float) -> None:
    """Note what the decoder found: damage may have cost what the upload's walk still counted."""
    Clip.objects.filter(file=file).exclude(duration_s=seconds).update(duration_s=seconds)


@transaction.atomic
def delete_clip(clip: Clip, *, now: datetime) -> None:
    """Remove the clip and its sound; results that were made of it keep their own end."""
    files.end([clip.file], now=now)
    clip.delete()


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
) -> Effect:
    """Record an admitted effect and enqueue its job, which meters one effect when it succeeds.

    `charges` is what the effect spent: given back if the platform fails the job.
    """
    job = enqueue(
        organisation=clip.organisation,
        livemode=clip.livemode,
        kind=RENDER,
        payload={
            "file": clip.file_id,
            "kind": kind,
            "name": name,
            "parameters": dict(parameters),
            "container": container,
        },
        accelerator=accelerator or rules.PREFERRED[kind],
        meter=Meter.EFFECTS,
        quantity=1,
        charges=charges,
        now=now,
    )
    return Effect.objects.create(
        id=new_id("fx", now),
        organisation=clip.organisation,
        livemode=clip.livemode,
        clip=clip,
        kind=kind,
        name=name,
        parameters=dict(parameters),
        job=job,
        created_at=now,
    )

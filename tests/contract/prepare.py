"""Run by `tifo shell` inside the platform's own settings; prints what `conftest` hands on."""

import json
import os
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.live_room.services import create_clip
from apps.noucamp.models import Capability
from apps.noucamp.services import kiosks
from foundation import files
from foundation.clock import now
from recordings.limits import limits_of
from recordings.reading import measure
from recordings.services import store
from tenants.limits import Algorithm
from tenants.models import ApiKey, ContractLimit, Limit, Organisation
from tenants.queries import tier_version
from tenants.services.organisations import create_organisation

organisation, live, test = create_organisation(name="Fuzzers", email="dev@fuzz.example", now=now())
Organisation.objects.filter(pk=organisation.pk).update(tier_id="pro")
for limit in Limit.objects.filter(version__tier_id="pro"):
    ContractLimit.objects.create(
        organisation=organisation,
        name=limit.name,
        algorithm=limit.algorithm,
        unit=limit.unit,
        quantity=1_000_000,
        per_ms=min(limit.per_ms, 60_000),
        burst=1_000_000 if limit.algorithm == Algorithm.RATE else 0,
    )
sound = Path(os.environ["TIFO_CONTRACT_SOUND"])
modes = {}
for mode, key in (("live", live), ("test", test)):
    kiosk, device = kiosks.register(
        organisation=organisation,
        livemode=mode == "live",
        name="Gate 7",
        zone="north",
        capabilities=list(Capability.values),
        now=now(),
    )
    file = SimpleUploadedFile("song.wav", sound.read_bytes())
    upload = measure(file, name="song", limits=limits_of(tier_version("pro", now())))
    recording = store(upload, organisation=organisation, livemode=mode == "live", now=now())
    clip = create_clip(recording=recording, now=now())
    modes[mode] = {
        "key": key,
        "device": device,
        "kiosk": kiosk.pk,
        "clip": clip.pk,
        "link": files.signed_url(recording.file_id, now=now()),
    }
spared = [
    *ApiKey.objects.values_list("pk", flat=True),
    *(each["kiosk"] for each in modes.values()),
]
print(json.dumps({"modes": modes, "spared": spared}))

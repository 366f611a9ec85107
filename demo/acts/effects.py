"""Stems and effects until the tier says 429; and whether its Retry-After tells the exact truth."""

import asyncio
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import soundfile

from demo.acts.track import CLIP_S, Song
from demo.cast import Cast
from demo.report import Check
from tifo_client import QuotaExceeded

# Stems go to the GPU's queue by themselves, chains to the processor's; one asks for the NPU's.
WISHES: tuple[Mapping[str, Any], ...] = (
    {"kind": "stem", "name": "vocals"},
    {"kind": "stem", "name": "percussive"},
    {"kind": "chain", "name": "stadium"},
    {"kind": "chain", "name": "telephone", "accelerator": "npu"},
    {"kind": "chain", "name": "wide-chorus"},
    {"kind": "chain", "name": "megaphone", "accelerator": "npu"},
    {"kind": "chain", "name": "echo-throw"},
    {"kind": "chain", "name": "underwater"},
)
JOB_WITHIN_S = 180.0
ROUNDING_S = 0.002


@dataclass(frozen=True)
class Asked:
    """One request for an effect, `sent` and `told` in monotonic seconds."""

    name: str
    sent: float
    told: float
    job: str = ""
    wait_s: float = 0.0

    @property
    def admitted(self) -> bool:
        return bool(self.job)

    @property
    def free_between(self) -> tuple[float, float]:
        """When the next effect is free, as exactly as the two ends of the call can tell."""
        return self.sent + self.wait_s, self.told + self.wait_s


async def fill_the_tier(cast: Cast, made: Song) -> list[Check]:
    """Ask for more at once than the tier's burst; come back too early, then on time."""
    clip = await cast.call(cast.studio.clips.create, made.flac(CLIP_S), name="Anthem, opening")
    calls = list(await asyncio.gather(*(_ask(cast, clip.id, wish) for wish in WISHES)))
    refused = [call for call in calls if not call.admitted]
    burst = ", ".join(call.name for call in calls if call.admitted)
    cast.say(
        "effects", f"{len(calls)} asked at once, {len(calls) - len(refused)} admitted: {burst}"
    )
    if not refused:
        return [Check("Effects throttled", False, f"{len(calls)} effects at once and no 429")]
    first = min(refused, key=lambda call: call.free_between[1])
    cast.say(
        "effects", f"429 for {first.name}: Retry-After {first.wait_s:.3f} s, taken at its word"
    )
    await _until(first.told + first.wait_s / 2)
    early = await _ask(cast, clip.id, WISHES[0])
    await _until(first.told + first.wait_s)
    on_time = await _ask(cast, clip.id, WISHES[0])
    outcome = "admitted" if on_time.admitted else "refused"
    cast.say("effects", f"asked again {on_time.sent - first.told:.3f} s later: {outcome}")
    throttled = judge(first, refused, early, on_time, len(calls) - len(refused))
    return [throttled, await _results(cast, [*calls, early, on_time])]


async def _ask(cast: Cast, clip_id: str, wish: Mapping[str, Any]) -> Asked:
    name, sent = wish["name"], time.monotonic()
    try:
        effect = await asyncio.to_thread(cast.studio.effects.request, clip_id, **wish)
    except QuotaExceeded as limited:
        if limited.retry_after is None or limited.violated != ["effects"]:
            raise
        return Asked(name, sent, time.monotonic(), wait_s=limited.retry_after)
    return Asked(name, sent, time.monotonic(), job=effect.job)


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.monotonic()))


def judge(
    first: Asked, refused: Sequence[Asked], early: Asked, on_time: Asked, admitted: int
) -> Check:
    """All refusals name one instant; nothing is admitted before it, and everything after it."""
    told_same = [*refused, *([] if early.admitted else [early])]
    earliest = max(call.free_between[0] for call in told_same)
    latest = min(call.free_between[1] for call in told_same)
    # A slow machine may answer the early call only after that instant: then it may be admitted.
    honest = not early.admitted or early.told >= earliest
    exact = earliest <= latest + ROUNDING_S and honest and on_time.admitted
    says = (
        f"{admitted} admitted at once, then 429 with Retry-After {first.wait_s:.3f} s; half-way "
        f"{'admitted' if early.admitted else 'still refused'}, on time "
        f"{'admitted' if on_time.admitted else 'refused'}"
    )
    return Check("Effects throttled", exact, says)


async def _results(cast: Cast, calls: Sequence[Asked]) -> Check:
    """Wait for every job, fetch what it made, see that it is sound, and what was metered."""
    jobs = [call.job for call in calls if call.admitted]
    asked, ran, sounding = set(), set(), 0
    with tempfile.TemporaryDirectory() as scratch:
        for job_id in jobs:
            job = await cast.call(cast.studio.jobs.wait, job_id, timeout=JOB_WITHIN_S)
            target = Path(scratch) / job_id
            path = await asyncio.to_thread(cast.studio.jobs.download, job.files[0], target)
            asked.add(job.accelerator)
            ran.add(str(job.ran_on.accelerator) if job.ran_on else "nothing")
            sounding += soundfile.info(path).duration >= CLIP_S - 0.01
    usage = await cast.call(cast.office.usage.get)
    metered = Decimal(usage.meters.additional_properties.get("effects", "0"))
    cast.say("effects", f"{sounding} results fetched, {metered} metered")
    says = (
        f"{sounding} of {len(jobs)} jobs made sound, wished for on {', '.join(sorted(asked))} and "
        f"run on {', '.join(sorted(ran))}; {metered} effects metered, "
        f"{len(calls) - len(jobs)} refusals cost nothing"
    )
    return Check("Effects made", sounding == len(jobs) == metered, says)

"""What kiosks report of themselves: the newest on the kiosk, a bounded history behind it."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from apps.noucamp import delivery
from apps.noucamp.models import Kiosk, TelemetryReading
from apps.noucamp.rules.thermal import Advice, DevicePolicy, Thermal, advise
from apps.noucamp.services.kiosks import in_service
from foundation.ids import new_id
from tenants.models import Organisation


@dataclass(frozen=True)
class Report:
    """A device's own figures: °C, watts, load 0 to 1, seconds since start, cues it had to drop."""

    soc_celsius: float
    power_watts: float | None
    npu_load: float | None
    uptime_s: int | None
    dropped_cues: int | None


@transaction.atomic
def record(
    *,
    organisation: Organisation,
    livemode: bool,
    kiosk_id: str,
    report: Report,
    policy: DevicePolicy,
    now: datetime,
) -> tuple[TelemetryReading, Advice]:
    """Keep the report and say how hard the device may work from now on."""
    kiosk = in_service(organisation=organisation, livemode=livemode, kiosk_id=kiosk_id)
    advice = advise(Thermal(kiosk.thermal), report.soc_celsius, policy)
    changed = kiosk.thermal != advice.step.thermal
    kiosk.thermal = advice.step.thermal.value
    kiosk.readings_taken += 1
    kiosk.latest = _keep(kiosk, report, policy, now)
    kiosk.last_seen_at = now
    kiosk.save(update_fields=["thermal", "readings_taken", "latest", "last_seen_at"])
    if changed:
        delivery.thermal_after_commit(kiosk, report.soc_celsius)
    return kiosk.latest, advice


def _keep(kiosk: Kiosk, report: Report, policy: DevicePolicy, now: datetime) -> TelemetryReading:
    oldest = kiosk.readings_taken - policy.readings_kept
    TelemetryReading.objects.filter(kiosk=kiosk, number__lte=oldest).delete()
    return TelemetryReading.objects.create(
        id=new_id("tel", now),
        kiosk=kiosk,
        number=kiosk.readings_taken,
        thermal=kiosk.thermal,
        received_at=now,
        **asdict(report),
    )

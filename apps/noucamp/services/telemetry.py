"""What kiosks report of themselves: the newest on the kiosk, a bounded history behind it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import connection, transaction

from apps.noucamp import delivery
from apps.noucamp.models import Kiosk, TelemetryReading
from apps.noucamp.rules.thermal import PUBLISHED, Advice, DevicePolicy, Thermal, advise
from apps.noucamp.services.kiosks import NamedKiosk, in_service
from foundation.errors import TifoError
from foundation.ids import new_id


@dataclass(frozen=True)
class Report:
    """A device's own figures: °C, watts, load 0 to 1, seconds since start, cues it had to drop."""

    soc_celsius: float
    power_watts: float | None
    npu_load: float | None
    uptime_s: int | None
    dropped_cues: int | None


@dataclass(frozen=True)
class Reported:
    """A report, the kiosk that it comes from, and when it came."""

    named: NamedKiosk
    report: Report
    received_at: datetime


Kept = tuple[TelemetryReading, Advice]


def record(reported: Reported, *, policy: DevicePolicy = PUBLISHED) -> Kept:
    """Keep the report and say how hard the device may work from now on.

    Raises NotFound or KioskRetired.
    """
    [answer] = record_all([reported], policy=policy)
    if isinstance(answer, TifoError):
        raise answer
    return answer


@transaction.atomic
def record_all(
    reports: Sequence[Reported], *, policy: DevicePolicy = PUBLISHED
) -> list[Kept | TifoError]:
    """Answer each report in order, all in one transaction: see `record`."""
    kiosks = in_service({each.named for each in reports}, lock=True)
    news: list[delivery.ThermalNews] = []
    answers = [
        kiosk
        if isinstance(kiosk := kiosks[each.named], TifoError)
        else _take(kiosk, each, policy, news)
        for each in reports
    ]
    TelemetryReading.objects.bulk_create(
        [answer[0] for answer in answers if not isinstance(answer, TifoError)]
    )
    heard = [kiosk for kiosk in kiosks.values() if isinstance(kiosk, Kiosk)]
    Kiosk.objects.bulk_update(heard, ["thermal", "readings_taken", "latest", "last_seen_at"])
    _forget_oldest(heard, policy.readings_kept)
    delivery.thermal_changed(news, now=reports[-1].received_at)
    return answers


def _take(
    kiosk: Kiosk, reported: Reported, policy: DevicePolicy, news: list[delivery.ThermalNews]
) -> Kept:
    """The kiosk's next reading, and what follows from it; nothing is saved or told yet."""
    advice = advise(Thermal(kiosk.thermal), reported.report.soc_celsius, policy)
    changed = kiosk.thermal != advice.step.thermal
    kiosk.thermal = advice.step.thermal.value
    kiosk.readings_taken += 1
    kiosk.last_seen_at = reported.received_at
    kiosk.latest = TelemetryReading(
        id=new_id("tel", reported.received_at),
        kiosk=kiosk,
        number=kiosk.readings_taken,
        thermal=kiosk.thermal,
        received_at=reported.received_at,
        **asdict(reported.report),
    )
    if changed:
        news.append(delivery.thermal_news(kiosk, reported.report.soc_celsius))
    return kiosk.latest, advice


def _forget_oldest(kiosks: Sequence[Kiosk], kept: int) -> None:
    with connection.cursor() as cursor:
        # Not by the ORM, which first reads what it deletes: the newest reading is never among it.
        cursor.execute(
            """
            DELETE FROM noucamp_telemetryreading AS reading
            USING unnest(%s::text[], %s::bigint[]) AS fact(kiosk_id, oldest)
            WHERE reading.kiosk_id = fact.kiosk_id AND reading.number <= fact.oldest
            """,
            [[kiosk.pk for kiosk in kiosks], [kiosk.readings_taken - kept for kiosk in kiosks]],
        )

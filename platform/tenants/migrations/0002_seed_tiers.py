"""The three published tiers. From here on the operator changes numbers by publishing versions."""

from datetime import UTC, datetime
from decimal import Decimal

from django.db import migrations

EFFECTIVE = datetime(2026, 1, 1, tzinfo=UTC)

# slug, name, users from–to, price per user, SLA
TIERS = [
    ("beta", "Beta", 0, 9_999, Decimal("0"), False),
    ("pro", "Pro", 10_000, 100_000, Decimal("0.005"), False),
    ("enterprise", "Enterprise", 100_001, None, Decimal("0.002"), True),
]

# name, algorithm, unit, quantity, per_ms, burst; a tier without an "effects" row is unlimited
LIMITS = {
    "beta": [
        ("requests", "rate", "request", 10, 1_000, 20),
        ("effects", "rate", "effect", 1, 2_000, 5),
        ("live_sessions", "concurrency", "session", 5, 10_000, 0),
    ],
    "pro": [
        ("requests", "rate", "request", 100, 1_000, 200),
        ("effects", "window", "effect", 500, 3_600_000, 0),
        ("live_sessions", "concurrency", "session", 100, 10_000, 0),
    ],
    "enterprise": [
        ("requests", "rate", "request", 1_000, 1_000, 2_000),
        ("live_sessions", "concurrency", "session", 2_000, 10_000, 0),
    ],
}


def seed(apps, schema_editor):
    Tier = apps.get_model("tenants", "Tier")
    TierVersion = apps.get_model("tenants", "TierVersion")
    Limit = apps.get_model("tenants", "Limit")
    for position, (slug, name, first, last, price, sla) in enumerate(TIERS):
        tier = Tier.objects.create(slug=slug, name=name, position=position)
        version = TierVersion.objects.create(
            tier=tier,
            number=1,
            effective_at=EFFECTIVE,
            mau_from=first,
            mau_to=last,
            price_per_mau=price,
            sla=sla,
        )
        Limit.objects.bulk_create(
            Limit(
                version=version,
                name=limit,
                algorithm=algorithm,
                unit=unit,
                quantity=quantity,
                per_ms=per_ms,
                burst=burst,
            )
            for limit, algorithm, unit, quantity, per_ms, burst in LIMITS[slug]
        )


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

"""The published price list, version 1: what the tiers cost so far, as one list of bands.

It is published although its total falls where Enterprise begins: that is the list as it stands.
"""

from datetime import UTC, datetime
from itertools import pairwise

from django.db import migrations

EFFECTIVE = datetime(2026, 1, 1, tzinfo=UTC)


def seed(apps, schema_editor):
    TierVersion = apps.get_model("tenants", "TierVersion")
    PriceList = apps.get_model("billing", "PriceList")
    newest = {each.tier_id: each for each in TierVersion.objects.order_by("effective_at", "number")}
    tiers = sorted(newest.values(), key=lambda each: each.mau_from)
    version = PriceList.objects.create(
        slug="published", name="Published prices", currency=tiers[0].currency
    ).versions.create(
        number=1, effective_at=EFFECTIVE, published_at=EFFECTIVE, allow_decrease=True
    )
    price = version.prices.create(
        meter="mau", description="Monthly active users", mode="volume", per=1
    )
    # A tier's bands touch whatever gaps an operator left between its numbers of users.
    for tier, following in pairwise([*tiers, None]):
        price.bands.create(
            first=tier.mau_from if tier is not tiers[0] else 0,
            last=following.mau_from - 1 if following else None,
            unit_price=tier.price_per_mau,
            flat=0,
        )


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_exact_money"), ("tenants", "0007_tiers_followed")]
    run_before = [("tenants", "0008_prices_leave")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

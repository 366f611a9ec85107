"""What a tier gives an organisation of a queue of jobs: its share, and how many at once."""

from typing import Any

import django.core.validators
from django.db import migrations, models


SEEDED = {"pro": (4, 16), "enterprise": (16, 64)}


def fill(apps: Any, schema_editor: Any) -> None:
    """The tiers that the platform came with; an operator's own keep the smallest share."""
    versions = apps.get_model("tenants", "TierVersion").objects
    for tier, (weight, at_once) in SEEDED.items():
        versions.filter(tier_id=tier).update(job_weight=weight, jobs_at_once=at_once)


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0009_month_starts'),
    ]

    operations = [
        migrations.AddField(
            model_name='tierversion',
            name='job_weight',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, help_text='Its share of a queue while others wait there too, against theirs', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000)]),
        ),
        migrations.AddField(
            model_name='tierversion',
            name='jobs_at_once',
            field=models.PositiveSmallIntegerField(db_default=4, default=4, help_text='How many jobs of one organisation a queue takes up at the same time', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10000)]),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]

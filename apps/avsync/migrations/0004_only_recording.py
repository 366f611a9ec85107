"""Contract: what the recording has, the track has no more.

A process of the previous release may have written since the backfill: what it wrote is filled once
more, under a lock that ends with this migration.
"""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

FILL = import_module("apps.avsync.migrations.0003_fill_recording").FORWARDS
# Checked at once, or a table with checks to come could not be altered.
LOCK = """
    SET CONSTRAINTS ALL IMMEDIATE;
    LOCK TABLE avsync_track IN ACCESS EXCLUSIVE MODE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('avsync', '0003_fill_recording'),
    ]

    operations = [
        migrations.RunSQL(LOCK + FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='track',
            name='recording',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='recordings.recording'),
        ),
        migrations.RemoveField(
            model_name='track',
            name='livemode',
        ),
        migrations.RemoveField(
            model_name='track',
            name='name',
        ),
        migrations.RemoveField(
            model_name='track',
            name='duration_s',
        ),
        migrations.RemoveField(
            model_name='track',
            name='sample_rate',
        ),
        migrations.RemoveField(
            model_name='track',
            name='channels',
        ),
        migrations.RemoveField(
            model_name='track',
            name='created_at',
        ),
        migrations.RemoveField(
            model_name='track',
            name='file',
        ),
        migrations.RemoveField(
            model_name='track',
            name='organisation',
        ),
    ]

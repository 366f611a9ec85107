"""An index of patterns over ids whose own order is that of patterns already: every event had to be
written into it. Dropped while work goes on."""

from django.db import migrations

from foundation.indexes import create, drop


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('foundation', '0005_uploads'),
    ]

    operations = [
        migrations.RunPython(
            drop('foundation_event_id_785447a0_like'),
            create('foundation_event_id_785447a0_like', 'foundation_event (id varchar_pattern_ops)'),
        ),
    ]

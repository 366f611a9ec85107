"""An index of patterns over ids whose own order is that of patterns already: every event had to be
written into it. Dropped while work goes on."""

from django.db import migrations


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('foundation', '0005_uploads'),
    ]

    operations = [
        migrations.RunSQL(
            'DROP INDEX CONCURRENTLY IF EXISTS foundation_event_id_785447a0_like',
            'CREATE INDEX CONCURRENTLY foundation_event_id_785447a0_like ON foundation_event (id varchar_pattern_ops)',
        ),
    ]

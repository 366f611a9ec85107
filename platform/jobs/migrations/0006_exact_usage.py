"""Who asked for a job, and how many have ended how: counted so far, and as they settle from here."""

import django.db.models.deletion
from django.db import migrations, models

COUNT = """
INSERT INTO jobs_jobcount (organisation_id, livemode, day, state, jobs)
SELECT organisation_id, livemode, (created_at AT TIME ZONE 'UTC')::date, state, count(*)
FROM jobs_job
WHERE state IN ('succeeded', 'failed', 'cancelled')
GROUP BY 1, 2, 3, 4
"""


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0005_metered_by_time'),
        ('tenants', '0006_base_managers'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='family',
            field=models.CharField(blank=True, db_default='', default='', max_length=40),
        ),
        migrations.AddField(
            model_name='job',
            name='key_id',
            field=models.CharField(blank=True, db_collation='C', db_default='', default='', max_length=40),
        ),
        migrations.CreateModel(
            name='JobCount',
            fields=[
                ('pk', models.CompositePrimaryKey('organisation_id', 'livemode', 'day', 'state', blank=True, editable=False, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField()),
                ('day', models.DateField()),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], max_length=10)),
                ('jobs', models.PositiveIntegerField()),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='job_counts', to='tenants.organisation')),
            ],
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]

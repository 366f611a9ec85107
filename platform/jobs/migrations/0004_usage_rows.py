"""A usage row for every job that has counted so far; workers write theirs from here on.

Those of the previous release, beside this one, write none: `jobs.usage.reconcile` finds their jobs.
"""

from django.db import migrations

RECORD = """
INSERT INTO metering_usagerow (organisation_id, livemode, meter, source, quantity, occurred_at)
SELECT organisation_id, livemode, meter, id, quantity, finished_at
FROM jobs_job
WHERE state = 'succeeded' AND meter <> ''
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0003_refund_due_index'),
        ('metering', '0002_usage_rows'),
    ]

    run_before = [('metering', '0003_exact_usage')]  # which counts these rows

    operations = [migrations.RunSQL(RECORD, migrations.RunSQL.noop)]

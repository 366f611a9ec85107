"""Indexes that no query needs, each of which every write of a job had to serve; dropped while work
goes on.

Ids have the collation "C", whose order is that of patterns already, and `job_of_organisation` leads
with the organisation. The release before asks nothing of them either.
"""

from django.db import migrations, models

from foundation.indexes import create, drop


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('jobs', '0016_median_pace'),
        ('tenants', '0010_job_shares'),
    ]

    operations = [
        migrations.RunPython(
            drop('jobs_job_id_e5bc7a75_like'),
            create('jobs_job_id_e5bc7a75_like', 'jobs_job (id varchar_pattern_ops)'),
        ),
        migrations.RunPython(
            drop('jobs_job_organisation_id_70e12d84_like'),
            create('jobs_job_organisation_id_70e12d84_like', 'jobs_job (organisation_id varchar_pattern_ops)'),
        ),
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunPython(
                    drop('jobs_job_organisation_id_70e12d84'),
                    create('jobs_job_organisation_id_70e12d84', 'jobs_job (organisation_id)'),
                ),
            ],
            [
                migrations.AlterField(
                    model_name='job',
                    name='organisation',
                    field=models.ForeignKey(db_index=False, on_delete=models.deletion.CASCADE, related_name='jobs', to='tenants.organisation'),
                ),
            ],
        ),
    ]

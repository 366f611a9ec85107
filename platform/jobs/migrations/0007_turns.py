"""Queues with turns and shares, workers that say what they can, and what a job cost."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('foundation', '0003_letters'),
        ('jobs', '0006_exact_usage'),
        ('tenants', '0010_job_shares'),
    ]

    operations = [
        migrations.CreateModel(
            name='Pace',
            fields=[
                ('pk', models.CompositePrimaryKey('queue', 'kind', blank=True, editable=False, primary_key=True, serialize=False)),
                ('queue', models.CharField(db_collation='C', max_length=40)),
                ('kind', models.CharField(max_length=60)),
                ('ratio', models.FloatField()),
            ],
        ),
        migrations.CreateModel(
            name='Queue',
            fields=[
                ('name', models.CharField(db_collation='C', max_length=40, primary_key=True, serialize=False)),
                ('virtual', models.FloatField(default=0.0)),
            ],
        ),
        migrations.CreateModel(
            name='Share',
            fields=[
                ('pk', models.CompositePrimaryKey('organisation_id', 'queue', blank=True, editable=False, primary_key=True, serialize=False)),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='job_shares', to='tenants.organisation')),
                ('queue', models.CharField(db_collation='C', max_length=40)),
                ('finish', models.FloatField(default=0.0)),
                ('at_once', models.PositiveSmallIntegerField(db_default=1, default=1)),
            ],
        ),
        migrations.CreateModel(
            name='Worker',
            fields=[
                ('id', models.CharField(db_collation='C', max_length=160, primary_key=True, serialize=False)),
                ('machine', models.CharField(max_length=120)),
                ('accelerator', models.CharField(choices=[('cpu', 'Cpu'), ('gpu', 'Gpu'), ('npu', 'Npu')], max_length=3)),
                ('queues', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('state', models.CharField(choices=[('starting', 'Starting'), ('idle', 'Idle'), ('busy', 'Busy'), ('paused', 'Paused'), ('draining', 'Draining'), ('left', 'Left')], max_length=10)),
                ('device', models.JSONField(default=dict)),
                ('readings', models.JSONField(default=dict)),
                ('job', models.CharField(blank=True, max_length=40)),
                ('started_at', models.DateTimeField()),
                ('heartbeat_at', models.DateTimeField(db_index=True)),
                ('loaded', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), default=list, size=None)),
            ],
        ),
        migrations.AddField(
            model_name='job',
            name='attempts_most',
            field=models.PositiveSmallIntegerField(db_default=3, default=3),
        ),
        migrations.AddField(
            model_name='job',
            name='cpu_ms',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='job',
            name='deadline_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='expected_seconds',
            field=models.FloatField(db_default=1.0, default=1.0),
        ),
        migrations.AddField(
            model_name='job',
            name='gpu_ms',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='job',
            name='machine',
            field=models.CharField(blank=True, db_default='', default='', max_length=120),
        ),
        migrations.AddField(
            model_name='job',
            name='metadata',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name='job',
            name='model',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='job',
            name='needs_bytes',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='job',
            name='npu_ms',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='job',
            name='priority',
            field=models.SmallIntegerField(choices=[(1, 'Low'), (2, 'Normal'), (3, 'High')], db_default=2, default=2),
        ),
        migrations.AddField(
            model_name='job',
            name='provider',
            field=models.CharField(blank=True, db_default='', default='', max_length=60),
        ),
        migrations.AddField(
            model_name='job',
            name='queue',
            field=models.CharField(blank=True, db_collation='C', db_default='', default='', max_length=40),
        ),
        migrations.AddField(
            model_name='job',
            name='required',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='job',
            name='turn',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='urgent_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='worker',
            field=models.CharField(blank=True, db_default='', default='', max_length=160),
        ),
        migrations.AlterField(
            model_name='job',
            name='state',
            field=models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('cancelling', 'Cancelling'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('aborted', 'Aborted'), ('expired', 'Expired'), ('dead', 'Dead')], default='queued', max_length=10),
        ),
        migrations.AlterField(
            model_name='jobcount',
            name='state',
            field=models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('cancelling', 'Cancelling'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('aborted', 'Aborted'), ('expired', 'Expired'), ('dead', 'Dead')], max_length=10),
        ),
    ]

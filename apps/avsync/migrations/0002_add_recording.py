"""Expand: room for the recording, and none of what it takes over is asked for any more."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('avsync', '0001_initial'),
        ('recordings', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='track',
            name='recording',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='recordings.recording'),
        ),
        migrations.AlterField(
            model_name='track',
            name='livemode',
            field=models.BooleanField(null=True),
        ),
        migrations.AlterField(
            model_name='track',
            name='name',
            field=models.CharField(max_length=120, null=True),
        ),
        migrations.AlterField(
            model_name='track',
            name='duration_s',
            field=models.FloatField(null=True),
        ),
        migrations.AlterField(
            model_name='track',
            name='sample_rate',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name='track',
            name='channels',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name='track',
            name='created_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='track',
            name='file',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='foundation.storedfile'),
        ),
        migrations.AlterField(
            model_name='track',
            name='organisation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='tracks', to='tenants.organisation'),
        ),
    ]

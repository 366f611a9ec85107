"""Expand: room for the recording, and none of what it takes over is asked for any more."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('live_room', '0001_initial'),
        ('recordings', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='clip',
            name='recording',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='recordings.recording'),
        ),
        migrations.AlterField(
            model_name='clip',
            name='livemode',
            field=models.BooleanField(null=True),
        ),
        migrations.AlterField(
            model_name='clip',
            name='name',
            field=models.CharField(max_length=120, null=True),
        ),
        migrations.AlterField(
            model_name='clip',
            name='duration_s',
            field=models.FloatField(null=True),
        ),
        migrations.AlterField(
            model_name='clip',
            name='sample_rate',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name='clip',
            name='channels',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name='clip',
            name='created_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='clip',
            name='file',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='foundation.storedfile'),
        ),
        migrations.AlterField(
            model_name='clip',
            name='organisation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='clips', to='tenants.organisation'),
        ),
    ]

"""Contract: what the recording has, the track has no more. A row without one refuses this."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('avsync', '0003_fill_recording'),
    ]

    operations = [
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

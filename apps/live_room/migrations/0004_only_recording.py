"""Contract: what the recording has, the clip has no more. A row without one refuses this."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('live_room', '0003_fill_recording'),
    ]

    operations = [
        migrations.AlterField(
            model_name='clip',
            name='recording',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='recordings.recording'),
        ),
        migrations.RemoveField(
            model_name='clip',
            name='livemode',
        ),
        migrations.RemoveField(
            model_name='clip',
            name='name',
        ),
        migrations.RemoveField(
            model_name='clip',
            name='duration_s',
        ),
        migrations.RemoveField(
            model_name='clip',
            name='sample_rate',
        ),
        migrations.RemoveField(
            model_name='clip',
            name='channels',
        ),
        migrations.RemoveField(
            model_name='clip',
            name='created_at',
        ),
        migrations.RemoveField(
            model_name='clip',
            name='file',
        ),
        migrations.RemoveField(
            model_name='clip',
            name='organisation',
        ),
    ]

"""When the scores of a session were deleted: a column that may be empty, and an index for who looks."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('live_audio_feedback', '0003_receipts'),
        ('tenants', '0013_names'),
    ]

    operations = [
        migrations.AddField(
            model_name='livesession',
            name='forgotten_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='livesession',
            index=models.Index(condition=models.Q(('forgotten_at', None)), fields=['ends_at'], name='live_session_to_forget'),
        ),
    ]

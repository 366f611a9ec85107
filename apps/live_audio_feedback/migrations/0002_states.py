"""What a session becomes by the clock: columns with defaults of the database, for who knows none of them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('live_audio_feedback', '0001_initial'),
        ('tenants', '0013_names'),
    ]

    operations = [
        migrations.AddField(
            model_name='livesession',
            name='closed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='livesession',
            name='consent_keep_audio',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='livesession',
            name='consent_learn',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='livesession',
            name='consent_statement',
            field=models.CharField(blank=True, db_default='', default='', max_length=500),
        ),
        migrations.AddField(
            model_name='livesession',
            name='event',
            field=models.CharField(blank=True, db_default='', default='', max_length=120),
        ),
        migrations.AddField(
            model_name='livesession',
            name='followed',
            field=models.BooleanField(db_default=False, default=True),
        ),
        migrations.AddField(
            model_name='livesession',
            name='opened_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='livesession',
            name='zone_map',
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddIndex(
            model_name='livesession',
            index=models.Index(condition=models.Q(('closed_at', None), ('followed', True), ('opened_at', None)), fields=['starts_at'], name='live_session_to_open'),
        ),
        migrations.AddIndex(
            model_name='livesession',
            index=models.Index(condition=models.Q(('closed_at', None), ('followed', True)), fields=['ends_at'], name='live_session_to_close'),
        ),
    ]

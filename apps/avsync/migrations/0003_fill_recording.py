"""Backfill: a recording for every track, with the same characters behind its prefix."""

from django.db import migrations

# Until now every upload was held to 30 minutes.
FORWARDS = """
    INSERT INTO recordings_recording
        (id, organisation_id, livemode, name, file_id, duration_s, sample_rate, channels,
         seconds_max, created_at)
    SELECT 'rec_' || split_part(id, '_', 2), organisation_id, livemode, name, file_id, duration_s,
        sample_rate, channels, 1800, created_at
    FROM avsync_track WHERE recording_id IS NULL;
    UPDATE avsync_track SET recording_id = 'rec_' || split_part(id, '_', 2)
    WHERE recording_id IS NULL;
"""
BACKWARDS = """
    UPDATE avsync_track SET
        organisation_id = made.organisation_id, livemode = made.livemode, name = made.name,
        file_id = made.file_id, duration_s = made.duration_s, sample_rate = made.sample_rate,
        channels = made.channels, created_at = made.created_at
    FROM recordings_recording AS made WHERE made.id = avsync_track.recording_id;
    DELETE FROM recordings_recording WHERE id IN (SELECT recording_id FROM avsync_track);
    UPDATE avsync_track SET recording_id = NULL;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('avsync', '0002_add_recording'),
    ]

    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]

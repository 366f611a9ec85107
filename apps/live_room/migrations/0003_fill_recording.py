"""Backfill: a recording for every clip, with the same characters behind its prefix."""

from django.db import migrations

# Until now every upload was held to 30 minutes.
FORWARDS = """
    INSERT INTO recordings_recording
        (id, organisation_id, livemode, name, file_id, duration_s, sample_rate, channels,
         seconds_max, created_at)
    SELECT 'rec_' || split_part(id, '_', 2), organisation_id, livemode, name, file_id, duration_s,
        sample_rate, channels, 1800, created_at
    FROM live_room_clip WHERE recording_id IS NULL;
    UPDATE live_room_clip SET recording_id = 'rec_' || split_part(id, '_', 2)
    WHERE recording_id IS NULL;
"""
BACKWARDS = """
    UPDATE live_room_clip SET
        organisation_id = made.organisation_id, livemode = made.livemode, name = made.name,
        file_id = made.file_id, duration_s = made.duration_s, sample_rate = made.sample_rate,
        channels = made.channels, created_at = made.created_at
    FROM recordings_recording AS made WHERE made.id = live_room_clip.recording_id;
    DELETE FROM recordings_recording WHERE id IN (SELECT recording_id FROM live_room_clip);
    UPDATE live_room_clip SET recording_id = NULL;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('live_room', '0002_add_recording'),
    ]

    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]

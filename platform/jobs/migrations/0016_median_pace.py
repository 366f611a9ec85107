"""A pace that one slow run moves little: the median of the latest, instead of a moving average.

The first job of a worker loads what the others find loaded. After it the average promised everyone
behind it the same, and needed a dozen jobs to forget it.
"""

from importlib import import_module

import django.contrib.postgres.fields
from django.db import migrations, models

# What was expected counts as the oldest run, so that the first one alone, which loads, decides
# nothing; of two values in the middle the smaller stands. Fifteen are enough for the first jobs of
# seven workers that start at the same time, and few enough to follow a change.
LEARN = """
CREATE FUNCTION jobs_learn(in_queue text, of_kind text, took double precision)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    latest double precision[];
    known double precision;
BEGIN
    SELECT recent, ratio INTO latest, known FROM jobs_pace
    WHERE queue = in_queue AND kind = of_kind FOR UPDATE SKIP LOCKED;
    IF FOUND THEN
        IF latest = '{}' THEN  -- a row of before, or of who knows but the ratio
            latest := ARRAY[known];
        END IF;
        latest := (took || latest)[1:15];
        UPDATE jobs_pace SET recent = latest, ratio = (
            SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY run) FROM unnest(latest) AS run)
        WHERE queue = in_queue AND kind = of_kind;
    ELSE
        INSERT INTO jobs_pace (queue, kind, ratio, recent)
        VALUES (in_queue, of_kind, least(took, 1), ARRAY[took, 1])
        ON CONFLICT DO NOTHING;
    END IF;
END
$$
"""

BEFORE = import_module('jobs.migrations.0015_alike').SETTLE
LEARNT_BEFORE = """\
        PERFORM FROM jobs_pace WHERE queue = job.queue AND kind = job.kind FOR UPDATE SKIP LOCKED;
        IF FOUND THEN
            UPDATE jobs_pace SET ratio = ratio + 0.2 * (took - ratio)
            WHERE queue = job.queue AND kind = job.kind;
        ELSE
            INSERT INTO jobs_pace (queue, kind, ratio) VALUES (job.queue, job.kind, took)
            ON CONFLICT DO NOTHING;
        END IF;
"""
assert LEARNT_BEFORE in BEFORE
SETTLE = BEFORE.replace(LEARNT_BEFORE, '        PERFORM jobs_learn(job.queue, job.kind, took);\n')


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0015_alike'),
    ]

    operations = [
        migrations.AddField(
            model_name='pace',
            name='recent',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), db_default=[], default=list, size=None),
        ),
        migrations.RunSQL(LEARN, 'DROP FUNCTION jobs_learn(text, text, double precision)'),
        migrations.RunSQL(SETTLE, BEFORE),
    ]

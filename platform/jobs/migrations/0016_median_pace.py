"""A pace that one slow run moves little: the median of the latest, instead of a moving average.

The first job of a worker loads what the others find loaded. After it the average promised everyone
behind it the same, and needed a dozen jobs to forget it.
"""

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

# As before; but the pace is learnt by the function above.
SETTLE = """
CREATE OR REPLACE FUNCTION jobs_settle(
    asked text, attempt_held integer, held text[], ended text, at timestamptz,
    cpu bigint, gpu bigint, npu bigint, outcome jsonb, problem jsonb, due boolean,
    OUT done boolean, OUT reached double precision, OUT owed boolean, OUT place_wanted boolean
) LANGUAGE plpgsql AS $$
DECLARE
    job jobs_job;
    took double precision;
BEGIN
    UPDATE jobs_job SET
        state = ended, finished_at = at, lease_until = NULL, cpu_ms = cpu, gpu_ms = gpu,
        npu_ms = npu, result = coalesce(outcome, result), error = coalesce(problem, error),
        refund_due = due AND charges <> '[]', progress = CASE ended WHEN 'succeeded' THEN 1 ELSE progress END
    WHERE id = asked AND attempt = attempt_held AND state = ANY (held) RETURNING * INTO job;
    done := FOUND;
    IF NOT done THEN
        RETURN;
    END IF;
    reached := job.progress;
    owed := job.refund_due;  -- by the row: what was given back meanwhile is not due again
    INSERT INTO jobs_jobcount AS kept (organisation_id, livemode, day, state, jobs)
    VALUES (job.organisation_id, job.livemode, (job.created_at AT TIME ZONE 'UTC')::date, ended, 1)
    ON CONFLICT (organisation_id, livemode, day, state) DO UPDATE SET jobs = kept.jobs + 1;
    IF ended = 'succeeded' THEN
        took := greatest(extract(epoch FROM at - job.started_at), 0) / job.expected_seconds
            / CASE attempt_held WHEN 1 THEN job.shared_by ELSE 1 END;
        PERFORM jobs_learn(job.queue, job.kind, took);
    END IF;
    place_wanted := EXISTS (
            SELECT FROM jobs_job WHERE organisation_id = job.organisation_id
                AND queue = job.queue AND state = 'queued' AND turn IS NULL)
        OR coalesce((
            SELECT count(*) + 1 >= (SELECT at_once FROM jobs_share
                WHERE organisation_id = job.organisation_id AND queue = job.queue)
            FROM jobs_job WHERE organisation_id = job.organisation_id AND queue = job.queue
                AND turn IS NOT NULL AND state IN ('queued', 'running', 'cancelling')), true);
END
$$
"""

BEFORE = """
CREATE OR REPLACE FUNCTION jobs_settle(
    asked text, attempt_held integer, held text[], ended text, at timestamptz,
    cpu bigint, gpu bigint, npu bigint, outcome jsonb, problem jsonb, due boolean,
    OUT done boolean, OUT reached double precision, OUT owed boolean, OUT place_wanted boolean
) LANGUAGE plpgsql AS $$
DECLARE
    job jobs_job;
    took double precision;
BEGIN
    UPDATE jobs_job SET
        state = ended, finished_at = at, lease_until = NULL, cpu_ms = cpu, gpu_ms = gpu,
        npu_ms = npu, result = coalesce(outcome, result), error = coalesce(problem, error),
        refund_due = due AND charges <> '[]', progress = CASE ended WHEN 'succeeded' THEN 1 ELSE progress END
    WHERE id = asked AND attempt = attempt_held AND state = ANY (held) RETURNING * INTO job;
    done := FOUND;
    IF NOT done THEN
        RETURN;
    END IF;
    reached := job.progress;
    owed := job.refund_due;  -- by the row: what was given back meanwhile is not due again
    INSERT INTO jobs_jobcount AS kept (organisation_id, livemode, day, state, jobs)
    VALUES (job.organisation_id, job.livemode, (job.created_at AT TIME ZONE 'UTC')::date, ended, 1)
    ON CONFLICT (organisation_id, livemode, day, state) DO UPDATE SET jobs = kept.jobs + 1;
    IF ended = 'succeeded' THEN
        took := greatest(extract(epoch FROM at - job.started_at), 0) / job.expected_seconds
            / CASE attempt_held WHEN 1 THEN job.shared_by ELSE 1 END;
        PERFORM FROM jobs_pace WHERE queue = job.queue AND kind = job.kind FOR UPDATE SKIP LOCKED;
        IF FOUND THEN
            UPDATE jobs_pace SET ratio = ratio + 0.2 * (took - ratio)
            WHERE queue = job.queue AND kind = job.kind;
        ELSE
            INSERT INTO jobs_pace (queue, kind, ratio) VALUES (job.queue, job.kind, took)
            ON CONFLICT DO NOTHING;
        END IF;
    END IF;
    place_wanted := EXISTS (
            SELECT FROM jobs_job WHERE organisation_id = job.organisation_id
                AND queue = job.queue AND state = 'queued' AND turn IS NULL)
        OR coalesce((
            SELECT count(*) + 1 >= (SELECT at_once FROM jobs_share
                WHERE organisation_id = job.organisation_id AND queue = job.queue)
            FROM jobs_job WHERE organisation_id = job.organisation_id AND queue = job.queue
                AND turn IS NOT NULL AND state IN ('queued', 'running', 'cancelling')), true);
END
$$
"""


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

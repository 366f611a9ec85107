"""Jobs that may be done as one, and by how many an attempt was shared.

Processes of the release before leave both as they are, and do each job alone.
"""

from django.db import migrations, models

# As before; but what a job took is its share of the time that several took as one.
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
        took := greatest(extract(epoch FROM at - job.started_at), 0) / job.expected_seconds;
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
        ('jobs', '0013_one_statement'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='alike',
            field=models.CharField(blank=True, db_default='', default='', max_length=80),
        ),
        migrations.AddField(
            model_name='job',
            name='shared_by',
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.RunSQL(SETTLE, BEFORE),
    ]

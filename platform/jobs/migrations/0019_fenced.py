"""A settlement for the very attempt that was begun, which also tells whether another job waits.

The number of an attempt no longer says whose it is: a claim is not waited for until it is on disk,
so a crash of Postgres may undo one, and the next claim is given the same number. Its moment is
another. The function of before stays for processes of the release before.
"""

from django.db import migrations

# What counts is written first, at the moment that the organisation's clock shows: pairs of a meter
# and a number. `month_wanted` says that nothing was done, since the month of that moment has no row
# yet. `place_wanted`: the organisation's next job may have its turn now. `waiting`: another job of
# the queue has its own already.
SETTLE = """
CREATE FUNCTION jobs_settle(
    asked text, attempt_held integer, begun timestamptz, held text[], ended text, at timestamptz,
    cpu bigint, gpu bigint, npu bigint, outcome jsonb, problem jsonb, due boolean,
    counted jsonb, event text,
    OUT done boolean, OUT reached double precision, OUT owed boolean, OUT place_wanted boolean,
    OUT waiting boolean, OUT month_wanted timestamptz
) LANGUAGE plpgsql AS $$
DECLARE
    job jobs_job;
    shown timestamptz;
    fact jsonb;
BEGIN
    IF counted <> '[]' THEN
        SELECT * INTO job FROM jobs_job
        WHERE id = asked AND attempt = attempt_held AND started_at IS NOT DISTINCT FROM begun
            AND state = ANY (held) FOR UPDATE;
        done := FOUND;
        IF NOT done THEN
            RETURN;
        END IF;
        SELECT at + make_interval(secs => clock_ahead_s) INTO shown
        FROM tenants_organisation WHERE id = job.organisation_id;
        FOR fact IN SELECT jsonb_array_elements(counted) LOOP
            IF NOT metering_record(job.organisation_id, job.livemode, fact ->> 0,
                    (fact ->> 1)::numeric, job.id, shown, job.key_id, job.family) THEN
                month_wanted := shown;
                RETURN;
            END IF;
        END LOOP;
    END IF;
    UPDATE jobs_job SET
        state = ended, finished_at = at, lease_until = NULL, cpu_ms = cpu, gpu_ms = gpu,
        npu_ms = npu, result = coalesce(outcome, result), error = coalesce(problem, error),
        refund_due = due AND charges <> '[]',
        progress = CASE ended WHEN 'succeeded' THEN 1 ELSE progress END
    WHERE id = asked AND attempt = attempt_held AND started_at IS NOT DISTINCT FROM begun
        AND state = ANY (held) RETURNING * INTO job;
    done := FOUND;
    IF NOT done THEN
        RETURN;
    END IF;
    reached := job.progress;
    owed := job.refund_due;  -- by the row: what was given back meanwhile is not due again
    INSERT INTO foundation_event (type, created_at, id, organisation_id, livemode, data)
    VALUES ('job.' || ended, at, event, job.organisation_id, job.livemode, jsonb_build_object(
        'id', job.id, 'kind', job.kind, 'state', job.state, 'progress', job.progress,
        'accelerator', job.accelerator, 'attempt', job.attempt));
    INSERT INTO jobs_jobcount AS kept (organisation_id, livemode, day, state, jobs)
    VALUES (job.organisation_id, job.livemode, (job.created_at AT TIME ZONE 'UTC')::date, ended, 1)
    ON CONFLICT (organisation_id, livemode, day, state) DO UPDATE SET jobs = kept.jobs + 1;
    IF ended = 'succeeded' THEN
        PERFORM jobs_learn(job.queue, job.kind,
            greatest(extract(epoch FROM at - job.started_at), 0) / job.expected_seconds
                / CASE attempt_held WHEN 1 THEN job.shared_by ELSE 1 END);
    END IF;
    place_wanted := EXISTS (
            SELECT FROM jobs_job WHERE organisation_id = job.organisation_id
                AND queue = job.queue AND state = 'queued' AND turn IS NULL)
        OR coalesce((
            SELECT count(*) + 1 >= (SELECT at_once FROM jobs_share
                WHERE organisation_id = job.organisation_id AND queue = job.queue)
            FROM jobs_job WHERE organisation_id = job.organisation_id AND queue = job.queue
                AND turn IS NOT NULL AND state IN ('queued', 'running', 'cancelling')), true);
    waiting := EXISTS (
        SELECT FROM jobs_job
        WHERE queue = job.queue AND state = 'queued' AND turn IS NOT NULL);
END
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0018_begin'),
    ]

    operations = [
        migrations.RunSQL(
            SETTLE,
            'DROP FUNCTION jobs_settle(text, integer, timestamptz, text[], text, timestamptz, bigint, bigint, bigint, jsonb, jsonb, boolean, jsonb, text)',
        ),
    ]

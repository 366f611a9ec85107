"""What is done at each job's beginning and end, as functions of the database: a round trip each.

Written in Python they took four round trips and five, most of the time of a job that does nothing.
"""

from django.db import migrations

# Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996): a job's turn is the later of the
# queue's virtual time and the end of its organisation's last turn, which then ends `seconds /
# weight` after it. The share's lock orders whoever takes turns of the organisation; what follows it
# are statements of their own, which see what was committed while it was waited for.
TAKE_TURN = """
CREATE FUNCTION jobs_take_turn(
    organisation text, tier text, asked_queue text, at timestamptz, seconds double precision,
    fresh boolean, OUT turn_taken double precision, OUT room boolean
) LANGUAGE plpgsql AS $$
DECLARE
    weight integer;
    most integer;
    ends double precision;
    reached double precision;
    taken_up bigint;
    waits boolean;
BEGIN
    INSERT INTO jobs_share AS kept (organisation_id, queue, finish)
    VALUES (organisation, asked_queue, 0)
    ON CONFLICT (organisation_id, queue) DO UPDATE SET finish = kept.finish
    RETURNING finish INTO ends;
    SELECT job_weight, jobs_at_once INTO weight, most FROM tenants_tierversion
    WHERE tier_id = tier AND effective_at <= at
    ORDER BY effective_at DESC, number DESC LIMIT 1;
    SELECT count(*) INTO taken_up FROM jobs_job
    WHERE organisation_id = organisation AND queue = asked_queue AND turn IS NOT NULL
        AND state IN ('queued', 'running', 'cancelling');
    waits := fresh AND EXISTS (
        SELECT FROM jobs_job WHERE organisation_id = organisation AND queue = asked_queue
            AND state = 'queued' AND turn IS NULL);
    room := taken_up < most;
    IF NOT room OR waits THEN
        RETURN;
    END IF;
    SELECT virtual INTO reached FROM jobs_queue WHERE name = asked_queue;
    IF reached IS NULL THEN
        INSERT INTO jobs_queue (name, virtual) VALUES (asked_queue, 0) ON CONFLICT DO NOTHING;
    END IF;
    turn_taken := greatest(ends, coalesce(reached, 0));
    UPDATE jobs_share SET finish = turn_taken + seconds / weight, at_once = most
    WHERE organisation_id = organisation AND queue = asked_queue;
END
$$
"""

# The end of a job that `attempt_held` holds: its row, its count by the day on which it was asked
# for, what its kind takes, and whether another of its organisation may wait for its place. Only in
# a full queue does one have to, so no lock is taken in any other. One that is asked for in this
# very instant, as the last of many, may wait for the next of them to end, or for the sweep.
# A pace that another is writing is passed over: no settlement waits for an estimate.
SETTLE = """
CREATE FUNCTION jobs_settle(
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
        ('jobs', '0009_claim'),
        ('tenants', '0010_job_shares'),
    ]

    operations = [
        migrations.RunSQL(TAKE_TURN, 'DROP FUNCTION jobs_take_turn'),
        migrations.RunSQL(SETTLE, 'DROP FUNCTION jobs_settle'),
    ]

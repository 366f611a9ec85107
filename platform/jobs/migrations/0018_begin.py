"""The beginning of a job as a function of the database, whose plans are kept.

As one statement with a value for each column half of its time went into planning it anew for every
job, and as much again into writing those values into its text.
"""

from django.db import migrations

# The columns are named, so that one that is added later has its default from processes of this
# release. Who adds one replaces this function: `fresh` then has it as null from those processes.
BEGIN = """
CREATE FUNCTION jobs_begin(
    job jsonb, tier text, at timestamptz, event text, told jsonb,
    OUT turn_taken double precision, OUT room boolean, OUT passes boolean
) LANGUAGE plpgsql AS $$
DECLARE
    fresh jobs_job := jsonb_populate_record(NULL::jobs_job, job);
BEGIN
    SELECT taken.turn_taken, taken.room, taken.passes INTO turn_taken, room, passes
    FROM jobs_take_turn(fresh.organisation_id, tier, fresh.queue, at, fresh.expected_seconds,
        true, fresh.priority, fresh.deadline_at) AS taken;
    INSERT INTO jobs_job (
        id, organisation_id, livemode, kind, accelerator, required, queue, turn, priority,
        deadline_at, urgent_at, metadata, expected_seconds, model, needs_bytes, alike,
        shared_by, payload, meter, quantity, key_id, family, charges, refund_due, state,
        progress, attempt, attempts_most, ran_on, machine, provider, worker, cpu_ms, gpu_ms,
        npu_ms, lease_until, cancel_requested_at, result, error, created_at, published_at,
        started_at, finished_at
    ) VALUES (
        fresh.id, fresh.organisation_id, fresh.livemode, fresh.kind, fresh.accelerator,
        fresh.required, fresh.queue, turn_taken, fresh.priority, fresh.deadline_at,
        fresh.urgent_at, fresh.metadata, fresh.expected_seconds, fresh.model, fresh.needs_bytes,
        fresh.alike, fresh.shared_by, fresh.payload, fresh.meter, fresh.quantity, fresh.key_id,
        fresh.family, fresh.charges, fresh.refund_due, fresh.state, fresh.progress,
        fresh.attempt, fresh.attempts_most, fresh.ran_on, fresh.machine, fresh.provider,
        fresh.worker, fresh.cpu_ms, fresh.gpu_ms, fresh.npu_ms, fresh.lease_until,
        fresh.cancel_requested_at, fresh.result, fresh.error, fresh.created_at,
        fresh.published_at, fresh.started_at, fresh.finished_at
    );
    INSERT INTO foundation_event (type, created_at, id, organisation_id, livemode, data)
    VALUES ('job.queued', at, event, fresh.organisation_id, fresh.livemode, told);
END
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0017_fewer_indexes'),
    ]

    operations = [
        migrations.RunSQL(BEGIN, 'DROP FUNCTION jobs_begin'),
    ]

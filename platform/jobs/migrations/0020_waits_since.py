"""Since when a job waits, or waited for its latest attempt: what earlier ones ran is no wait.

And accelerators are called as they are written.
"""

from django.db import migrations, models

# As before; and what was taken over from a worker waited since its lease had run out. What has
# never been begun waits since it was asked for, and has none.
CLAIM = """
CREATE OR REPLACE FUNCTION jobs_claim(
    asked_queue text, at timestamptz, lease timestamptz, memory bigint, held text[],
    accelerator_there text, machine_there text, provider_there text, claimer text, event text
) RETURNS SETOF jobs_job LANGUAGE plpgsql AS $$
DECLARE
    chosen text;
    reached double precision;
    job jobs_job;
BEGIN
    -- What a dead worker has left.
    SELECT id INTO chosen FROM jobs_job
    WHERE queue = asked_queue AND state IN ('running', 'cancelling') AND state = 'running'
        AND lease_until < at AND attempt < attempts_most
        AND needs_bytes <= memory AND (deadline_at IS NULL OR deadline_at > at)
    ORDER BY lease_until LIMIT 1 FOR UPDATE SKIP LOCKED;
    -- What must be begun to meet a guaranteed deadline.
    IF chosen IS NULL THEN
        SELECT id INTO chosen FROM jobs_job
        WHERE queue = asked_queue AND state = 'queued' AND turn IS NOT NULL AND urgent_at <= at
            AND needs_bytes <= memory AND deadline_at > at
        ORDER BY urgent_at LIMIT 1 FOR UPDATE SKIP LOCKED;
    END IF;
    -- The first of the next four whose model is at hand: nobody loses more than that by it.
    IF chosen IS NULL AND held <> '{}' THEN
        SELECT id, turn INTO chosen, reached FROM jobs_job
        WHERE state = 'queued' AND model = ANY (held) AND id IN (
            SELECT id FROM jobs_job
            WHERE queue = asked_queue AND state = 'queued' AND turn IS NOT NULL
                AND needs_bytes <= memory AND (deadline_at IS NULL OR deadline_at > at)
            ORDER BY turn, id LIMIT 4)
        ORDER BY turn, id LIMIT 1 FOR UPDATE SKIP LOCKED;
    END IF;
    -- The lowest turn.
    IF chosen IS NULL THEN
        SELECT id, turn INTO chosen, reached FROM jobs_job
        WHERE queue = asked_queue AND state = 'queued' AND turn IS NOT NULL
            AND needs_bytes <= memory AND (deadline_at IS NULL OR deadline_at > at)
        ORDER BY turn, id LIMIT 1 FOR UPDATE SKIP LOCKED;
    END IF;
    IF chosen IS NULL THEN
        RETURN;
    END IF;
    -- The queue's virtual time moves only if nobody else is moving it.
    IF reached IS NOT NULL THEN
        PERFORM FROM jobs_queue WHERE name = asked_queue AND virtual < reached
        FOR UPDATE SKIP LOCKED;
        IF FOUND THEN
            UPDATE jobs_queue SET virtual = reached WHERE name = asked_queue;
        END IF;
    END IF;
    UPDATE jobs_job SET
        state = 'running', attempt = attempt + 1, progress = 0, started_at = at,
        lease_until = lease, ran_on = accelerator_there, machine = machine_there,
        provider = provider_there, worker = claimer,
        waits_since = CASE state WHEN 'running' THEN lease_until ELSE waits_since END
    WHERE id = chosen RETURNING * INTO job;
    INSERT INTO foundation_event (type, created_at, id, organisation_id, livemode, data)
    VALUES ('job.running', at, event, job.organisation_id, job.livemode, jsonb_build_object(
        'id', job.id, 'kind', job.kind, 'state', job.state, 'progress', job.progress,
        'accelerator', job.accelerator, 'attempt', job.attempt));
    RETURN NEXT job;
END
$$

"""

CLAIM_BEFORE = """
CREATE OR REPLACE FUNCTION jobs_claim(
    asked_queue text, at timestamptz, lease timestamptz, memory bigint, held text[],
    accelerator_there text, machine_there text, provider_there text, claimer text, event text
) RETURNS SETOF jobs_job LANGUAGE plpgsql AS $$
DECLARE
    chosen text;
    reached double precision;
    job jobs_job;
BEGIN
    -- What a dead worker has left.
    SELECT id INTO chosen FROM jobs_job
    WHERE queue = asked_queue AND state IN ('running', 'cancelling') AND state = 'running'
        AND lease_until < at AND attempt < attempts_most
        AND needs_bytes <= memory AND (deadline_at IS NULL OR deadline_at > at)
    ORDER BY lease_until LIMIT 1 FOR UPDATE SKIP LOCKED;
    -- What must be begun to meet a guaranteed deadline.
    IF chosen IS NULL THEN
        SELECT id INTO chosen FROM jobs_job
        WHERE queue = asked_queue AND state = 'queued' AND turn IS NOT NULL AND urgent_at <= at
            AND needs_bytes <= memory AND deadline_at > at
        ORDER BY urgent_at LIMIT 1 FOR UPDATE SKIP LOCKED;
    END IF;
    -- The first of the next four whose model is at hand: nobody loses more than that by it.
    IF chosen IS NULL AND held <> '{}' THEN
        SELECT id, turn INTO chosen, reached FROM jobs_job
        WHERE state = 'queued' AND model = ANY (held) AND id IN (
            SELECT id FROM jobs_job
            WHERE queue = asked_queue AND state = 'queued' AND turn IS NOT NULL
                AND needs_bytes <= memory AND (deadline_at IS NULL OR deadline_at > at)
            ORDER BY turn, id LIMIT 4)
        ORDER BY turn, id LIMIT 1 FOR UPDATE SKIP LOCKED;
    END IF;
    -- The lowest turn.
    IF chosen IS NULL THEN
        SELECT id, turn INTO chosen, reached FROM jobs_job
        WHERE queue = asked_queue AND state = 'queued' AND turn IS NOT NULL
            AND needs_bytes <= memory AND (deadline_at IS NULL OR deadline_at > at)
        ORDER BY turn, id LIMIT 1 FOR UPDATE SKIP LOCKED;
    END IF;
    IF chosen IS NULL THEN
        RETURN;
    END IF;
    -- The queue's virtual time moves only if nobody else is moving it.
    IF reached IS NOT NULL THEN
        PERFORM FROM jobs_queue WHERE name = asked_queue AND virtual < reached
        FOR UPDATE SKIP LOCKED;
        IF FOUND THEN
            UPDATE jobs_queue SET virtual = reached WHERE name = asked_queue;
        END IF;
    END IF;
    UPDATE jobs_job SET
        state = 'running', attempt = attempt + 1, progress = 0, started_at = at,
        lease_until = lease, ran_on = accelerator_there, machine = machine_there,
        provider = provider_there, worker = claimer
    WHERE id = chosen RETURNING * INTO job;
    INSERT INTO foundation_event (type, created_at, id, organisation_id, livemode, data)
    VALUES ('job.running', at, event, job.organisation_id, job.livemode, jsonb_build_object(
        'id', job.id, 'kind', job.kind, 'state', job.state, 'progress', job.progress,
        'accelerator', job.accelerator, 'attempt', job.attempt));
    RETURN NEXT job;
END
$$

"""

# As before, and with the new column, which is null from processes of the release before.
BEGIN = """
CREATE OR REPLACE FUNCTION jobs_begin(
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
        started_at, finished_at, waits_since
    ) VALUES (
        fresh.id, fresh.organisation_id, fresh.livemode, fresh.kind, fresh.accelerator,
        fresh.required, fresh.queue, turn_taken, fresh.priority, fresh.deadline_at,
        fresh.urgent_at, fresh.metadata, fresh.expected_seconds, fresh.model, fresh.needs_bytes,
        fresh.alike, fresh.shared_by, fresh.payload, fresh.meter, fresh.quantity, fresh.key_id,
        fresh.family, fresh.charges, fresh.refund_due, fresh.state, fresh.progress,
        fresh.attempt, fresh.attempts_most, fresh.ran_on, fresh.machine, fresh.provider,
        fresh.worker, fresh.cpu_ms, fresh.gpu_ms, fresh.npu_ms, fresh.lease_until,
        fresh.cancel_requested_at, fresh.result, fresh.error, fresh.created_at,
        fresh.published_at, fresh.started_at, fresh.finished_at, fresh.waits_since
    );
    INSERT INTO foundation_event (type, created_at, id, organisation_id, livemode, data)
    VALUES ('job.queued', at, event, fresh.organisation_id, fresh.livemode, told);
END
$$

"""

BEGIN_BEFORE = """
CREATE OR REPLACE FUNCTION jobs_begin(
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
        ('jobs', '0019_fenced'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='waits_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(CLAIM, CLAIM_BEFORE),
        migrations.RunSQL(BEGIN, BEGIN_BEFORE),
        migrations.AlterField(
            model_name='job',
            name='accelerator',
            field=models.CharField(choices=[('cpu', 'CPU'), ('gpu', 'GPU'), ('npu', 'NPU')], max_length=3),
        ),
        migrations.AlterField(
            model_name='worker',
            name='accelerator',
            field=models.CharField(choices=[('cpu', 'CPU'), ('gpu', 'GPU'), ('npu', 'NPU')], max_length=3),
        ),
    ]

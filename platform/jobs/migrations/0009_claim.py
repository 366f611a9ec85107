"""The claim as a function of the database: its plans are kept, and no step is made that need not be.

As one statement it took four times as long, most of it to be planned again for every job.
"""

from django.db import migrations

CLAIM = """
CREATE FUNCTION jobs_claim(
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


class Migration(migrations.Migration):

    dependencies = [
        ('foundation', '0003_letters'),
        ('jobs', '0008_turns_indexed'),
    ]

    operations = [
        migrations.RunSQL(CLAIM, 'DROP FUNCTION jobs_claim'),
    ]

"""A job's beginning and its end as one statement each: the round trips were most of their time.

Both functions take more than those of before, which stay for processes of the release before.
"""

from django.db import migrations

# As before; and whether the job comes before others that its organisation has in the queue, by its
# priority (`precedence`) or its deadline.
TAKE_TURN = """
CREATE FUNCTION jobs_take_turn(
    organisation text, tier text, asked_queue text, at timestamptz, seconds double precision,
    fresh boolean, precedence integer, ends_at timestamptz,
    OUT turn_taken double precision, OUT room boolean, OUT passes boolean
) LANGUAGE plpgsql AS $$
BEGIN
    SELECT taken.turn_taken, taken.room INTO turn_taken, room
    FROM jobs_take_turn(organisation, tier, asked_queue, at, seconds, fresh) AS taken;
    passes := turn_taken IS NOT NULL AND EXISTS (
        SELECT FROM jobs_job
        WHERE organisation_id = organisation AND queue = asked_queue AND state = 'queued'
            AND turn IS NOT NULL
            AND (priority < precedence
                OR priority = precedence AND (deadline_at > ends_at
                    OR deadline_at IS NULL AND ends_at IS NOT NULL)));
END
$$
"""

# As before; with its event, and with what it counts: pairs of a meter and a number, at the moment
# that its organisation's clock shows. `month_wanted` says that nothing was done, since the month of
# that moment has no row yet.
SETTLE = """
CREATE FUNCTION jobs_settle(
    asked text, attempt_held integer, held text[], ended text, at timestamptz,
    cpu bigint, gpu bigint, npu bigint, outcome jsonb, problem jsonb, due boolean,
    counted jsonb, event text,
    OUT done boolean, OUT reached double precision, OUT owed boolean, OUT place_wanted boolean,
    OUT month_wanted timestamptz
) LANGUAGE plpgsql AS $$
DECLARE
    job jobs_job;
    shown timestamptz;
    fact jsonb;
BEGIN
    IF counted <> '[]' THEN
        SELECT * INTO job FROM jobs_job
        WHERE id = asked AND attempt = attempt_held AND state = ANY (held) FOR UPDATE;
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
    SELECT settled.done, settled.reached, settled.owed, settled.place_wanted
    INTO done, reached, owed, place_wanted
    FROM jobs_settle(asked, attempt_held, held, ended, at, cpu, gpu, npu, outcome, problem, due)
        AS settled;
    IF done THEN
        INSERT INTO foundation_event (type, created_at, id, organisation_id, livemode, data)
        SELECT 'job.' || ended, at, event, organisation_id, livemode, jsonb_build_object(
            'id', id, 'kind', kind, 'state', state, 'progress', progress,
            'accelerator', accelerator, 'attempt', attempt)
        FROM jobs_job WHERE id = asked;
    END IF;
END
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('foundation', '0005_uploads'),
        ('jobs', '0012_ended'),
        ('metering', '0006_record'),
    ]

    operations = [
        migrations.RunSQL(
            TAKE_TURN,
            'DROP FUNCTION jobs_take_turn(text, text, text, timestamptz, double precision, boolean, integer, timestamptz)',
        ),
        migrations.RunSQL(
            SETTLE,
            'DROP FUNCTION jobs_settle(text, integer, text[], text, timestamptz, bigint, bigint, bigint, jsonb, jsonb, boolean, jsonb, text)',
        ),
    ]

"""What counts a unit of work as a function of the database: its plans are kept.

As one statement it was planned anew for each job, which took longer than to do it.
"""

from django.db import migrations

# False where the month has no row yet; then nothing was done. The row counts if and only if it is
# new, on the side of the close on which it fell.
RECORD = """
CREATE FUNCTION metering_record(
    organisation text, live boolean, asked_meter text, units numeric, done text, at timestamptz,
    asked_key text, asked_family text
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    day_counted date := (at AT TIME ZONE 'UTC')::date;
    too_late boolean;
BEGIN
    SELECT closed_at IS NOT NULL OR opened_late INTO too_late FROM metering_usagemonth
    WHERE organisation_id = organisation AND livemode = live
        AND month = date_trunc('month', day_counted)::date
    FOR KEY SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO metering_usagerow
        (organisation_id, livemode, meter, source, quantity, occurred_at, key_id, family, late)
    VALUES (organisation, live, asked_meter, done, units, at, asked_key, asked_family, too_late)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        INSERT INTO metering_usagecount AS kept
            (organisation_id, livemode, day, meter, key_id, family, late, quantity)
        VALUES (organisation, live, day_counted, asked_meter, asked_key, asked_family, too_late, units)
        ON CONFLICT (organisation_id, livemode, day, meter, key_id, family, late)
        DO UPDATE SET quantity = kept.quantity + excluded.quantity;
    END IF;
    RETURN true;
END
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('metering', '0005_opened_late'),
    ]

    operations = [
        migrations.RunSQL(RECORD, 'DROP FUNCTION metering_record'),
    ]

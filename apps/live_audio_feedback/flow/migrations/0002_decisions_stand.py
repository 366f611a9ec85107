"""A line of the log never changes, whoever writes to the database."""

from django.db import migrations

STAND = """
    CREATE FUNCTION live_flow_decision_stands() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'The log stands: decision % of % cannot be changed.',
            OLD.number, OLD.session_id USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER decision_stands BEFORE UPDATE ON live_flow_decision
        FOR EACH ROW EXECUTE FUNCTION live_flow_decision_stands();
"""
FALL = """
    DROP TRIGGER decision_stands ON live_flow_decision;
    DROP FUNCTION live_flow_decision_stands();
"""


class Migration(migrations.Migration):
    dependencies = [("live_flow", "0001_initial")]
    operations = [migrations.RunSQL(STAND, FALL)]

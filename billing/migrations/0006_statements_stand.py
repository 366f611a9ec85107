"""What a statement and a correction say never changes, whoever writes to the database."""

from django.db import migrations

STAND = """
    CREATE FUNCTION billing_statement_stands() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'A closed month stands: % of % cannot be changed.', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER statement_stands
        BEFORE UPDATE OF organisation_id, livemode, month, number, currency, total_minor, content,
            content_hash, previous_hash, closed_at ON billing_statement
        FOR EACH ROW EXECUTE FUNCTION billing_statement_stands();
    CREATE TRIGGER correction_stands
        BEFORE UPDATE OF statement_id, number, amount_minor, waived, settled_in_id, content,
            content_hash, made_at ON billing_correction
        FOR EACH ROW EXECUTE FUNCTION billing_statement_stands();
"""
FALL = """
    DROP TRIGGER correction_stands ON billing_correction;
    DROP TRIGGER statement_stands ON billing_statement;
    DROP FUNCTION billing_statement_stands();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_invoices_go_on")]
    operations = [migrations.RunSQL(STAND, FALL)]

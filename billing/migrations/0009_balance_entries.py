"""The ledger knows of what was moved to a balance; nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0008_ledger_entries")]

    operations = [
        migrations.AlterField(
            model_name="ledgerentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("invoice", "Invoice"),
                    ("tax", "Tax"),
                    ("payment", "Payment"),
                    ("refund", "Refund"),
                    ("credit_note", "Credit Note"),
                    ("balance", "Balance"),
                    ("dispute", "Dispute"),
                    ("dispute_won", "Dispute Won"),
                    ("void", "Void"),
                ],
                max_length=12,
            ),
        ),
    ]

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0007_invoices_due"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="ledgerentry",
            options={
                "ordering": ["organisation", "at", "id"],
                "verbose_name_plural": "ledger entries",
            },
        ),
    ]

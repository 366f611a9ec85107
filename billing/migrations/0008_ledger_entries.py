from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0007_invoices_due"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="ledgerentry",
            options={"verbose_name_plural": "ledger entries"},
        ),
    ]

"""MAU, as people write them. The database learns nothing, so nothing waits for it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('metering', '0006_record'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='usagemonth',
                    name='late_mau',
                    field=models.PositiveIntegerField(db_default=0, default=0, verbose_name='late MAU'),
                ),
                migrations.AlterField(
                    model_name='usagemonth',
                    name='mau',
                    field=models.PositiveIntegerField(db_default=0, default=0, verbose_name='MAU'),
                ),
            ],
        ),
    ]

"""The rows stay where they are; from here on `metering` describes their tables."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0001_initial'),
        ('metering', '0001_initial'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name='ActiveUser'),
                migrations.DeleteModel(name='ActiveUserCount'),
            ],
        ),
    ]

"""Model checks leave for the model registry, and their table with all its rows stays."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('noucamp', '0002_zones_of_sessions'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name='ModelCheck'),
            ],
        ),
    ]

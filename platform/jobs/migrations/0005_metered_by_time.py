"""Jobs that meter are looked for by time: what they count is read from the usage rows."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('jobs', '0004_usage_rows'),
    ]

    operations = [
        RemoveIndexConcurrently(model_name='job', name='job_metered'),
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('meter', ''), _negated=True), fields=['finished_at'], name='job_metered'),
        ),
    ]

"""Beside the previous release: the ledger is written to while its index is built."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('jobs', '0002_refunds'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('refund_due', True)), fields=['finished_at'], name='job_refund_due'),
        ),
    ]

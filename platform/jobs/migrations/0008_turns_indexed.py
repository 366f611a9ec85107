"""What a claim, a release and a deadline look for; built while work goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('jobs', '0007_turns'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('state', 'queued'), ('turn__isnull', False)), fields=['queue', 'turn', 'id'], name='job_turn'),
        ),
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('state', 'queued'), ('turn__isnull', False), ('urgent_at__isnull', False)), fields=['queue', 'urgent_at'], name='job_urgent'),
        ),
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('state__in', ['running', 'cancelling'])), fields=['queue', 'lease_until'], name='job_lease'),
        ),
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('state', 'queued'), ('turn__isnull', True)), fields=['organisation', 'queue', '-priority', 'deadline_at', 'id'], name='job_parked'),
        ),
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('state__in', ['queued', 'running', 'cancelling']), ('turn__isnull', False)), fields=['organisation', 'queue'], name='job_taken_up'),
        ),
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('deadline_at__isnull', False), ('state', 'queued')), fields=['deadline_at'], name='job_deadline'),
        ),
    ]

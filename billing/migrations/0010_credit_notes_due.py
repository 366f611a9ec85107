"""Beside the previous release: notes are written while the index of those that are due is built."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("billing", "0009_balance_entries")]

    operations = [
        AddIndexConcurrently(
            model_name="creditnote",
            index=models.Index(
                condition=models.Q(("next_attempt_at__isnull", False)),
                fields=["next_attempt_at"],
                name="credit_note_to_go_on",
            ),
        ),
    ]

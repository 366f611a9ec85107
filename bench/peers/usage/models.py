"""One row per call, which the bill is counted from."""

from django.db import models


class Usage(models.Model):
    key_prefix = models.CharField(max_length=8)
    end_user = models.CharField(max_length=200)
    called_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key_prefix} {self.end_user}"

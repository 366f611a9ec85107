"""Why a job failed, as the track or the effect that it was made for tells it."""

from typing import Any

from rest_framework import serializers

from jobs.models import Job


class JobFailureSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="The problem's stable code, such as unreadable-audio")
    detail = serializers.CharField(help_text="For people")
    reason = serializers.CharField(
        allow_null=True, help_text="What exactly, where the code has reasons; stable"
    )


def failure_of(job: Job) -> dict[str, Any] | None:
    """The gist of the job's problem document; None unless it has failed."""
    if job.error is None:
        return None
    return {
        "code": job.error["code"],
        "detail": job.error["detail"],
        "reason": job.error.get("reason"),
    }

"""The meters that the platform itself moves; an operator's own are rows of `metering.models.Meter`.

What a usage row counts, and what a statement bills by.
"""

from decimal import Decimal
from enum import StrEnum


class MeterName(StrEnum):
    MAU = "mau"
    EFFECTS = "effects"
    JOB_SECONDS_CPU = "job_seconds_cpu"
    JOB_SECONDS_GPU = "job_seconds_gpu"
    JOB_SECONDS_NPU = "job_seconds_npu"
    LIVE_AUDIO_SECONDS = "live_audio_seconds"


JOB_SECONDS = {
    "cpu": MeterName.JOB_SECONDS_CPU,
    "gpu": MeterName.JOB_SECONDS_GPU,
    "npu": MeterName.JOB_SECONDS_NPU,
}
"""By the accelerator that a job ran on."""


def plain(units: Decimal) -> str:
    """The digits of a decimal, without noughts at its end."""
    digits = f"{units:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits

"""The meters that the platform itself moves; an operator's own are rows of `metering.models.Meter`.

What a usage row counts, and what a statement bills by.
"""

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
